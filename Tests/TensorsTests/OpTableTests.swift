import SeqaeTensors
import TestSupport
import Testing

@Suite struct OpTableTests {
  /// Rows whose results or gradients are small differences or steep functions of rounded numbers.
  private static let magnifiesRoundings: Set<String> = [
    "sin", "cos", "normalized", "softmax of scores far apart",
  ]

  @Test(arguments: OpTable.cases)
  func theCPUAgreesWithTheReferenceHoweverOperandsLie(_ row: OpCase) {
    for placement in Placement.allCases {
      let found = row.run(on: CPUBackend.shared, placement)
      let expected = row.run(on: ReferenceBackend(), placement)
      #expect(found.results.count == expected.results.count)
      let plain = row.results(on: CPUBackend.shared, placement)
      for ((found, plain), expected) in zip(zip(found.results, plain), expected.results) {
        #expect(mismatch(found, expected, within: row.tolerance) == nil, "\(placement)")
        #expect(mismatch(plain, expected, within: row.tolerance) == nil, "\(placement), no tape")
      }
      for (operand, (found, expected)) in zip(found.gradients, expected.gradients).enumerated() {
        #expect((found == nil) == (expected == nil))
        guard let found, let expected else { continue }
        #expect(
          mismatch(found, expected, within: row.tolerance) == nil,
          "gradient of operand \(operand), \(placement)")
      }
    }
  }

  /// Against the reference on the numbers that bfloat16 keeps: results are off by a few roundings to eight
  /// bits, of the largest number of the tensor where sums cancel.
  @Test(arguments: OpTable.cases.filter { !magnifiesRoundings.contains($0.name) })
  func bfloat16IsOffByRoundingsOnly(_ row: OpCase) {
    for placement in [Placement.contiguous, .lastAxesExchanged, .sliced] {
      let found = row.run(on: CPUBackend.shared, placement, .bfloat16)
      let expected = row.run(on: ReferenceBackend(), placement, .bfloat16)
      for (found, expected) in zip(found.results, expected.results) {
        #expect(mismatch(found, expected, within: .bfloat16(expected)) == nil, "\(placement)")
      }
      for (operand, (found, expected)) in zip(found.gradients, expected.gradients).enumerated() {
        guard let found, let expected else { continue }
        #expect(found.dtype == .float32)
        #expect(
          mismatch(found, expected, within: .bfloat16(expected)) == nil,
          "gradient of operand \(operand), \(placement)")
      }
    }
  }

  @Test func recordingChangesNoResult() {
    for row in OpTable.cases {
      let recorded = row.run(on: CPUBackend.shared, .contiguous).results
      let plain = row.results(on: CPUBackend.shared, .contiguous)
      for (recorded, plain) in zip(recorded, plain) {
        #expect(mismatch(recorded, plain, within: .exact) == nil, "\(row.testDescription)")
      }
    }
  }

  @Test func everyOperandButIdsHasAGradient() {
    var missing: Set<String> = []
    for row in OpTable.cases where !row.testDescription.contains("unused") {
      let outcome = row.run(on: CPUBackend.shared, .contiguous)
      for (operand, gradient) in zip(row.operands, outcome.gradients) {
        if case .ids = operand.values {
          #expect(gradient == nil)
        } else if gradient == nil {
          missing.insert(row.testDescription)
        }
      }
    }
    #expect(missing.isEmpty)
  }
}
