import Engine
import Wire

/// The state can't be used by this version, or as it is set up. Waiting changes nothing: somebody has to do what the
/// description says.
package protocol UnfitState: Error, CustomStringConvertible {}

/// A newer version has left what this one can't work with.
package protocol NewerState: UnfitState, StoreOutage {}

extension NewerState {
    package var isOutage: Bool { true }
}

extension SchemaTooNew: NewerState {}
extension PostgresUnfit: UnfitState {}

/// A function that is registered and that this version can't read. Its runs would be ended as those of a function that
/// is no more.
package struct UnreadableFunction: NewerState {
    let id: String
    let reason: InvalidFunction

    package var description: String {
        "a function was registered with another version of the orchestrator, and this one can't read it (\(id): "
            + "\(reason)): start that version again"
    }
}
