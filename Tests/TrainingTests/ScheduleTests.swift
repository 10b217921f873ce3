import SeqaeFiles
import SeqaeTraining
import TestSupport
import Testing

private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }

@Test(arguments: [
  Schedule.Decay.constant, .inverseSquareRoot, .cosine(floor: 0.1), .linear(floor: 0.1),
])
func warmUpRisesInAStraightLine(_ decay: Schedule.Decay) {
  let schedule = Schedule(peak: 0.004, warmup: 8, decay: decay)
  for step in 1...8 {
    #expect(isNear(schedule.rate(step: step, fraction: 0), 0.004 * Double(step) / 8))
  }
}

@Test func inverseSquareRootHalvesWhereTheStepsAreFourfold() {
  // peak · √(warmup / step): 100 / 400 = 1/4, whose root is 1/2.
  let schedule = Schedule(peak: 0.01, warmup: 100, decay: .inverseSquareRoot)
  #expect(isNear(schedule.rate(step: 100, fraction: 0.1), 0.01))
  #expect(isNear(schedule.rate(step: 400, fraction: 0.4), 0.005))
  #expect(isNear(schedule.rate(step: 1600, fraction: 0.9), 0.0025))
}

@Test func decaysGoFromThePeakToTheFloor() {
  let cosine = Schedule(peak: 2, warmup: 0, decay: .cosine(floor: 0.1))
  #expect(isNear(cosine.rate(step: 1, fraction: 0), 2))
  // ½ (1 + cos 60°) = 0.75: 0.1 + 0.9 · 0.75 = 0.775.
  #expect(isNear(cosine.rate(step: 1, fraction: 1.0 / 3), 2 * 0.775))
  #expect(isNear(cosine.rate(step: 9, fraction: 1), 0.2))
  let linear = Schedule(peak: 2, warmup: 0, decay: .linear(floor: 0.1))
  #expect(isNear(linear.rate(step: 1, fraction: 0.25), 2 * (0.1 + 0.9 * 0.75)))
  #expect(isNear(linear.rate(step: 1, fraction: 1), 0.2))
  #expect(isNear(linear.rate(step: 1, fraction: 7), 0.2))
}

/// Their scheduler counts calls: a step that it has made s - 1 calls before is our step s. It begins a
/// warm-up at 0 and we at the first step's share, so that our step s has the rate of its call s; where the
/// decay is over the run it begins after the warm-up, and ours with the run, so they agree without one.
@Test(arguments: [
  ("constant", Schedule.Decay.constant), ("inverse_sqrt", .inverseSquareRoot),
  ("linear", .linear(floor: 0)), ("cosine", .cosine(floor: 0)),
])
func ratesAreThoseOfTransformersWhereTheyCanBe(_ name: String, _ decay: Schedule.Decay) throws {
  let json = try JSON.read(TestSupport.Fixture.path("training/schedules.json"))
  let (warmup, steps) = (try #require(json["warmup"]?.intValue), json["steps"]?.intValue ?? 0)
  let factors = json[ByteString(name)]?.arrayValue?.compactMap(\.doubleValue) ?? []
  #expect(factors.count == steps + 1)
  let isOverRun = decay == .linear(floor: 0) || decay == .cosine(floor: 0)
  let schedule = Schedule(peak: 3e-4, warmup: isOverRun ? 0 : warmup, decay: decay)
  for step in 1...steps {
    let rate = schedule.rate(step: step, fraction: Double(step - 1) / Double(steps))
    let expected = 3e-4 * factors[isOverRun ? step - 1 : step]
    #expect(abs(rate - expected) < 1e-15, "step \(step)")
  }
}
