import Logging

extension Logger {
    /// This logger, which drops lines while `isSilent` says so.
    func silenced(_ isSilent: @escaping @Sendable () -> Bool) -> Logger {
        var copy = self
        copy.handler = SilenceableLogHandler(base: handler, isSilent: isSilent)
        return copy
    }
}

/// Hands lines on, but not while a function repeats what it did in an earlier call.
private struct SilenceableLogHandler: LogHandler {
    var base: any LogHandler
    let isSilent: @Sendable () -> Bool

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        if !isSilent() { base.log(event: event) }
    }
}
