import SeqaeTraining
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
