import AppSDK

@testable import CopiedApp

/// What the copied tests call the app.
var app: App { get throws { try CopiedApp.app } }
