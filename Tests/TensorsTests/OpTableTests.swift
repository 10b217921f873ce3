import SeqaeTensors
import TestSupport
import Testing

@Suite struct OpTableTests {
  @Test(arguments: OpTable.cases, Placement.allCases)
  func theCPUAgreesWithTheReference(_ row: OpCase, _ placement: Placement) {
    let found = row.run(on: CPUBackend.shared, placement)
    let expected = row.run(on: ReferenceBackend(), placement)
    #expect(found.results.count == expected.results.count)
    for (found, expected) in zip(found.results, expected.results) {
      #expect(mismatch(found, expected, within: row.tolerance) == nil)
    }
    for (recorded, plain) in zip(found.recorded, found.results) {
      #expect(mismatch(recorded, plain, within: .exact) == nil, "recording changes the result")
    }
    for (operand, (found, expected)) in zip(found.gradients, expected.gradients).enumerated() {
      if case .ids = row.operands[operand].values {
        #expect(found == nil)
      } else if let found, let expected {
        #expect(
          mismatch(found, expected, within: row.tolerance) == nil, "gradient of operand \(operand)")
      } else {
        Issue.record("operand \(operand) has no gradient")
      }
    }
  }
}
