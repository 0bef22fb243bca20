import Wire

/// The backlog of those calls of a function that need the very same gates: they are parked in it in the order of
/// their ranks, and only the first has to be looked at. A lane is there as long as calls are parked in it.
///
/// It waits for one thing: a gate of a key's value that is full, or its door.
package struct Lane: Hashable, Sendable {
    package let id: LaneID
    package let functionID: NameUUID
    /// The version of the function's rules that the gates are for.
    package let version: Int
    /// Whether the calls in it begin their runs.
    package let isStart: Bool
    /// One for each rule that such calls have to pass, in the order of the rules.
    package let gates: [GateID]
    package var waitsOn: String
    /// The rank of the first call in it.
    package var head: Timestamp
    /// Where it stands among other lanes: at the rank of its first call, and when that has been served, behind all that
    /// wait by then. So lanes take turns, and who has a long backlog does not hold up who comes with one call.
    package var turn: Timestamp

    /// - Parameter turn: the head's, where it is nil.
    package init(
        id: LaneID, functionID: NameUUID, version: Int, isStart: Bool, gates: [GateID], waitsOn: String,
        head: Timestamp, turn: Timestamp? = nil
    ) {
        self.id = id
        self.functionID = functionID
        self.version = version
        self.isStart = isStart
        self.gates = gates
        self.waitsOn = waitsOn
        self.head = head
        self.turn = turn ?? head
    }

    /// What has to be locked by whoever changes it: its gates, or its door where it needs none.
    var places: [GateID] {
        gates.isEmpty ? [GateID(stored: Self.door(of: functionID, isStart: isStart))] : gates
    }

    /// What a lane waits on when a gate is full that all such calls of the function have to pass, whatever their
    /// keys. A door opens to the first of all lanes that wait there, so that a function with a million keys does not
    /// move a million lanes from one full gate to the next.
    static func door(of function: NameUUID, isStart: Bool) -> String { "\(function)/\(isStart ? "start" : "steps")" }

    /// Whether it waits for a gate. At a door it waits for all gates that have no key.
    func waits(for gate: GateID) -> Bool {
        guard let function = gate.function else { return waitsOn == gate.description }
        return function == functionID && waitsOn == Self.door(of: function, isStart: isStart)
    }
}

/// The id of a lane, made from what its calls have in common.
package struct LaneID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(stored: String) {
        description = stored
    }

    init(function: NameUUID, version: Int, isStart: Bool, gates: [GateID]) {
        description = Fingerprint.of(
            [function.description, String(version), isStart ? "start" : "steps"] + gates.map(\.description))
    }
}
