import JSON

/// A function as an app registers it, without rules.
enum RegisteredFunction {
    static let json: JSON = [
        "id": "shop-f", "name": "F", "triggers": [["event": "a/b"]],
        "steps": ["step": ["id": "step", "runtime": ["type": "http", "url": "http://x?fnId=shop-f&stepId=step"]]],
    ]
}
