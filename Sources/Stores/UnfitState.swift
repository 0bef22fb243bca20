/// The state can't be used by this version, or as it is set up. Waiting changes nothing: somebody has to do what the
/// description says.
package protocol UnfitState: Error, CustomStringConvertible {}

extension SchemaTooNew: UnfitState {}
extension PostgresUnfit: UnfitState {}
