extension Setting {
    /// Middleware of this function, inside that of the app; the first is outermost.
    public static func middleware(_ middleware: any Middleware...) -> Setting {
        Setting { $0.middleware += middleware }
    }
}
