import JSON
import Testing
import Wire

@Suite("Registrations and events")
struct RegistrationTests {
    private func function(_ changes: [String: JSON?] = [:]) -> JSON {
        RegisteredFunction.json.merging(changes)
    }

    @Test("A function is read with its defaults") func defaults() throws {
        let config = try FunctionConfig(function())
        #expect(config.slug == "shop-f")
        #expect(config.retries == 4)
        #expect(config.triggers == [.event(name: "a/b", expression: nil)])
        #expect(config.url == "http://x?fnId=shop-f&stepId=step")
    }

    @Test("Retries are read from either place, as numbers or texts") func retries() throws {
        #expect(try FunctionConfig(function(["retries": ["attempts": 2]])).retries == 2)
        #expect(try FunctionConfig(function(["retries": 3])).retries == 3)
        #expect(try FunctionConfig(function(["retries": ["attempts": "7"]])).retries == 7)
    }

    @Test(
        "A wrong function is refused with the field at fault",
        arguments: [
            (["id": .null], "id"), (["steps": [:]], "steps.step.runtime.url"),
            (["retries": ["attempts": 21]], "retries"),
            (["retries": ["attempts": -1]], "retries"), (["triggers": [[:]]], "triggers[0]"),
            (["triggers": [["event": "a*"]]], "triggers[0].event"),
            (["triggers": [["event": "*/a"]]], "triggers[0].event"),
            (["triggers": [["event": "a"], ["event": "a"]]], "triggers"),
            (["triggers": .array((0..<11).map { ["event": .string("e\($0)")] })], "triggers"),
        ] as [([String: JSON?], String)])
    func invalid(changes: [String: JSON?], field: String) {
        let error = #expect(throws: InvalidFunction.self) { try FunctionConfig(function(changes)) }
        #expect(error?.reason.hasPrefix(field) == true, "\(String(describing: error))")
    }

    @Test("A registration is written and read back; appname is accepted") func registration() throws {
        let original = Registration(
            url: "http://x", appName: "shop", appVersion: "1", sdk: "swift:v0.1.0", framework: "swift",
            functions: [function()])
        let read = try Registration(original.json)
        #expect(read.json == original.json)
        #expect(try Registration(["appname": "py", "url": "http://x", "functions": []]).appName == "py")
    }

    @Test(
        "A wrong registration is refused with the field at fault",
        arguments: [
            (["url": "http://x", "functions": []], "appName"), (["appName": "a", "functions": []], "url"),
            (["appName": "a", "url": "ftp://x", "functions": []], "url"),
            (["appName": "a", "url": "http://x"], "functions"),
        ] as [(JSON, String)])
    func invalidRegistration(json: JSON, field: String) {
        let error = #expect(throws: InvalidRegistration.self) { try Registration(json) }
        #expect(error?.description.hasPrefix(field) == true)
    }

    private let id = ULID(time: Timestamp(milliseconds: 5), random: 5)

    @Test("An event from outside gets what it lacks, and loses what is internal") func event() throws {
        let event = try Event(
            ["name": "a/b", "data": ["x": 1, "_inngest": ["fn_id": "y"]]], internalID: id,
            received: Timestamp(milliseconds: 1_700_000_000_000))
        #expect(
            event.json == [
                "name": "a/b", "data": ["x": 1], "user": [:], "id": .string(id.description), "ts": 1_700_000_000_000,
            ])
        #expect(event.senderID == nil)
    }

    @Test("An event keeps what its sender gave") func eventKept() throws {
        let raw: JSON = [
            "name": "a/b", "data": ["x": 1], "user": ["u": 1], "id": "mine", "ts": 1_600_000_000_000, "v": "2",
            "meta": ["m": 1],
        ]
        let event = try Event(raw, internalID: id, received: Timestamp(milliseconds: 0))
        #expect(event.json == raw)
        #expect(event.senderID == "mine")
    }

    @Test(
        "A wrong event is refused with the field at fault",
        arguments: [
            ([], "an event"), ([:], "name"), (["name": ""], "name"), (["name": "inngest/x"], "name"),
            (["name": "INNGEST/x"], "name"), (["name": "a", "data": []], "data"), (["name": "a", "user": 1], "user"),
            (["name": "a", "ts": "x"], "ts"), (["name": "a", "ts": 5], "ts"), (["name": "a", "ts": 1.5], "ts"),
            (["name": "a", "id": 5], "id"),
        ] as [(JSON, String)])
    func invalidEvent(json: JSON, field: String) {
        let error = #expect(throws: InvalidEvent.self) {
            try Event(json, internalID: id, received: Timestamp(milliseconds: 0))
        }
        #expect(error?.description.hasPrefix(field) == true)
    }

    @Test("Of any error something can be shown") func errors() throws {
        func error(_ text: String) throws -> ReportedError { ReportedError(try JSON(parsing: text)) }
        #expect(
            try error(#"{"name":"E","message":"m","stack":"s"}"#) == ReportedError(name: "E", message: "m", stack: "s"))
        #expect(try error(#""plain""#) == ReportedError(name: "Error", message: "plain"))
        #expect(try error(#"{"body":{"name":"E","message":"m"}}"#) == ReportedError(name: "E", message: "m"))
        #expect(try error(#"{"code":5}"#).message == #"{"code":5}"#)
        #expect(try error("7").message == "7")
        let withNulls = try error(#"{"name":"E","message":"m","cause":null,"data":null}"#)
        #expect(withNulls.json == ["name": "E", "message": "m"])
    }
}
