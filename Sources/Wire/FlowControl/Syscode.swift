/// The protocol's codes for what is wrong with a registration.
package enum Syscode: String, Sendable {
    case configuration = "config_invalid"
    case combination = "combo_unsupported"
    case concurrencyLimit = "concurrency_limit_invalid"
    case batchSize = "batch_size_invalid"
    case batchTimeout = "batch_timeout_invalid"
    case batchKey = "batch_key_expression_invalid"
    case batchCondition = "batch_if_expression_invalid"
    case schedule = "schedule_invalid"
    case eventName = "event_name_invalid"
}
