import GRDB

extension EmailAddress: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { description.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> EmailAddress? {
        String.fromDatabaseValue(value).flatMap(EmailAddress.init)
    }
}
