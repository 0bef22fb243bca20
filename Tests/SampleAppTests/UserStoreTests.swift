import Foundation
import Testing

@testable import SampleApp

@Suite struct UserStoreTests {
    let users: UserStore
    let wile: EmailAddress

    init() throws {
        users = UserStore(database: try .inMemory())
        wile = try #require(.wile)
    }

    @Test func aNewUserIsOnTheFreePlan() async throws {
        let user = try await users.signUp(name: "Wile", email: wile)
        let found = try #require(try await users.user(id: user.id))
        #expect(found.name == "Wile")
        #expect(found.email == wile)
        #expect(found.plan == .free)
        #expect(user.id.count == 32)
    }

    @Test func anAddressSignsUpOnce() async throws {
        let first = try await users.signUp(name: "Wile", email: wile)
        let again = try await users.signUp(name: "Other", email: try #require(EmailAddress("WILE@acme.example")))
        #expect(again.id == first.id)
        #expect(again.name == "Wile")
        #expect(try await users.counts() == [.free: 1])
    }

    @Test func anUpgradeStays() async throws {
        let user = try await users.signUp(name: "Wile", email: wile)
        #expect(try await users.upgrade(id: user.id)?.plan == .pro)
        #expect(try await users.upgrade(id: user.id)?.plan == .pro)
        #expect(try await users.user(id: user.id)?.plan == .pro)
        #expect(try await users.counts() == [.pro: 1])
    }

    @Test func nobodyIsNobody() async throws {
        #expect(try await users.user(id: "nobody") == nil)
        #expect(try await users.upgrade(id: "nobody") == nil)
    }

    @Test func theFileKeepsUsers() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "acme-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "acme.sqlite").path
        let user = try await UserStore(database: try AcmeDatabase(path: path)).signUp(name: "Wile", email: wile)
        let reopened = UserStore(database: try AcmeDatabase(path: path))
        #expect(try await reopened.user(id: user.id)?.email == wile)
    }
}
