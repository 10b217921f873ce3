import SeqaeTensors
import TestSupport
import Testing

/// One case of a fixture of operations, `op.case`, on one backend: its inputs, its constants, and what
/// PyTorch computed.
struct PyTorchCase {
  let fixture: Fixture
  let name: String
  let backend: any Backend

  /// The inputs, which the fixture has a gradient for.
  let inputs: [String: Parameter]

  init(_ fixture: Fixture, _ name: String, _ backend: any Backend) throws {
    var inputs: [String: Parameter] = [:]
    for full in fixture.tensors.keys where full.hasPrefix(name + ".") && full != "\(name).y" {
      let key = String(full.dropFirst(name.count + 1))
      if fixture.tensors["\(name).d\(key)"] == nil { continue }
      inputs[key] = Parameter(key, try fixture.tensor(full, on: backend))
    }
    (self.fixture, self.name, self.backend, self.inputs) = (fixture, name, backend, inputs)
  }

  /// Every `op.case` of a fixture.
  static func names(_ fixture: Result<Fixture, any Error>) -> [String] {
    guard let names = try? fixture.get().tensors.keys else { return [] }
    // What is not named op.case.tensor belongs to another test.
    let cases = names.map { $0.split(separator: ".") }.filter { $0.count > 2 }
    return Set(cases.map { $0[..<2].joined(separator: ".") }).sorted()
  }

  /// The operation of a case's name.
  static func operation(_ name: String) -> String {
    name.split(separator: ".").first.map(String.init) ?? name
  }

  var kind: Substring { name.split(separator: ".")[1] }

  /// An input, on the tape.
  subscript(input: String) -> Tensor {
    get throws { try #require(inputs[input], "\(name) has no input \(input)").tensor }
  }

  func has(_ constant: String) -> Bool { fixture.tensors["\(name).\(constant)"] != nil }
  func real(_ constant: String) throws -> Tensor {
    try fixture.tensor("\(name).\(constant)", on: backend)
  }
  func integers(_ constant: String) throws -> Tensor {
    try fixture.integers("\(name).\(constant)", on: backend)
  }
  func number(_ constant: String, default value: Float = 0) throws -> Float {
    has(constant) ? Float(try real(constant).item()) : value
  }

  /// The axes that a reduction's name lists, such as 0 and 2 in `axes02`.
  var axes: [Int] { kind.compactMap { $0.wholeNumberValue } }

  /// Checks y and every gradient that `compute` gives against PyTorch's.
  func check(
    within tolerance: Tolerance, _ compute: (PyTorchCase) throws -> Tensor
  ) throws {
    let expected = try real("y")
    let dy = try real("dy")
    #expect(!inputs.isEmpty)
    let y = try compute(self).reshaped(expected.shape)
    #expect(mismatch(y, expected, within: tolerance) == nil, "y, \(backend.real)")
    let (_, gradients) = try withGradients {
      (try compute(self).reshaped(expected.shape) * dy).sum()
    }
    for (key, input) in inputs {
      let gradient = try #require(gradients[input], "\(key) has no gradient")
      let expected = try real("d\(key)")
      #expect(mismatch(gradient, expected, within: tolerance) == nil, "d\(key), \(backend.real)")
    }
  }
}
