import JSON
import Testing
import Wire

@Suite("Calls")
struct CallRequestTests {
    private let runID = ULID(time: Timestamp(milliseconds: 1_700_000_000_000), random: 1)

    private func call(_ change: (inout CallRequest) -> Void = { _ in }) -> CallRequest {
        var call = CallRequest(
            functionID: "f-uuid", runID: runID, targetStep: StepID("b"), attempt: 2, maxAttempts: 5,
            stack: [StepID("z"), StepID("a")], queueItemID: "q", requestID: "r", jobID: "j", generation: 3,
            disableImmediateExecution: true,
            events: [["name": "e1", "data": [:]], ["name": "e2", "data": ["é": "\u{7f}"]]],
            steps: [(StepID("z"), ["data": 1]), (StepID("a"), .null)], version: 2)
        change(&call)
        return call
    }

    @Test("A call is written in canonical form, so that every way of signing it agrees") func canonical() throws {
        let body = call().encode()
        #expect(try Array(JSON(parsing: body).bytes) == body)
    }

    @Test("A call is read back as it was written") func roundTrip() throws {
        let original = call()
        let read = try CallRequest(JSON(parsing: original.encode()))
        #expect(read.runID == runID)
        #expect(read.functionID == "f-uuid")
        #expect(read.targetStep == StepID("b"))
        #expect(read.attempt == 2)
        #expect(read.maxAttempts == 5)
        #expect(read.stack == original.stack)
        #expect(read.queueItemID == "q")
        #expect(read.requestID == "r")
        #expect(read.jobID == "j")
        #expect(read.generation == 3)
        #expect(read.disableImmediateExecution)
        #expect(read.events == original.events)
        #expect(
            Dictionary(uniqueKeysWithValues: read.steps.map { ($0.id, $0.value) })
                == [StepID("z"): ["data": 1], StepID("a"): .null])
        #expect(read.version == 2)
        #expect(!read.useAPI)
    }

    @Test("What other SDKs insist on is there") func required() throws {
        let json = try JSON(
            parsing: call {
                $0.targetStep = nil; $0.stack = []; $0.steps = []
            }.encode())
        #expect(json["ctx"]?["step_id"] == "step")
        #expect(json["ctx"]?["stack"] == ["current": 0, "stack": []])
        #expect(json["event"] == json["events"]?[0])
        #expect(json["use_api"] == false)
        #expect(json["steps"] == [:])
    }

    @Test("Steps that are too big for a call are left out, and the app is told to load them") func bigSteps() throws {
        let big = JSON.string(String(repeating: "x", count: CallRequest.maximumStepsSize))
        let json = try JSON(parsing: call { $0.steps = [(StepID("a"), big)] }.encode())
        #expect(json["steps"] == [:])
        #expect(json["use_api"] == true)
        #expect(json["ctx"]?["use_api"] == true)
        #expect(json["events"]?[1] != nil)
    }

    @Test("Events that are too big for a call are left out, too") func bigEvents() throws {
        let big: JSON = ["name": "e", "data": ["x": .string(String(repeating: "x", count: 3 << 20))]]
        let body = call { $0.events = [big, big] }.encode()
        #expect(body.count < CallRequest.maximumSize)
        let json = try JSON(parsing: body)
        #expect(json["events"] == [])
        #expect(json["steps"] == [:])
        #expect(json["use_api"] == true)
    }

    @Test(
        "A call that breaks the protocol is refused with the field at fault",
        arguments: [
            ("{}", "ctx"), (#"{"ctx":{}}"#, "ctx.run_id"), (#"{"ctx":{"run_id":"x"}}"#, "ctx.run_id"),
            (#"{"ctx":{"run_id":"01ARYZ6S41TSV4RRFFQ69G5FAV"}}"#, "event"),
        ])
    func invalid(text: String, field: String) throws {
        let json = try JSON(parsing: text)
        let error = #expect(throws: InvalidCall.self) { try CallRequest(json) }
        #expect(error?.description.hasPrefix(field) == true)
    }

    @Test("A call with one event and no list is read") func oneEvent() throws {
        let json = try JSON(parsing: #"{"ctx":{"run_id":"01ARYZ6S41TSV4RRFFQ69G5FAV"},"event":{"name":"e"}}"#)
        #expect(try CallRequest(json).events == [["name": "e"]])
    }
}
