import Wire

/// Random apps in a random world, on the real engine and a real store, held against the models.
package enum Simulation {
    /// Runs one program.
    ///
    /// - Parameters:
    ///   - place: nobody else's for as long as it lasts.
    ///   - nodes: how many orchestrators share it; a file has one.
    /// - Throws: ``Violation``, or whatever else should not have happened.
    @discardableResult
    package static func run(seed: UInt64, in place: Place, nodes: Int = 1, trace: Trace) throws -> Coverage {
        let world = try World(seed: seed, place: place, nodes: nodes, trace: trace)
        for _ in 0..<8 {
            for _ in 0..<8 { try world.happen() }
            try world.checkBooks()
        }
        try world.comeToRest()
        return world.coverage
    }
}
