import SeqaeTensors
import TestSupport
import Testing

/// Values and gradients against PyTorch's: Tests/Fixtures/ops/README.md says what the fixture holds.
@Suite struct PyTorchTests {
  private static let fixture = Result { try Fixture("ops/ops.safetensors") }

  /// Every `op.case` of the fixture.
  private static let cases = PyTorchCase.names(fixture)

  @Test func everyCaseOfTheFixtureIsRun() throws {
    #expect(PyTorchTests.cases.count >= 85)
    let known = Set(PyTorchTests.operations.keys).union(["adamw", "max"])
    #expect(Set(PyTorchTests.cases.map(PyTorchCase.operation)) == known)
  }

  // MARK: Operations

  private static let operations: [String: @Sendable (PyTorchCase) throws -> Tensor] = [
    "add": { try $0["a"] + $0["b"] },
    "sub": { try $0["a"] - $0["b"] },
    "mul": { try $0["a"] * $0["b"] },
    "div": { try $0["a"] / $0["b"] },
    "neg": { try 0 - $0["x"] },
    "exp": { try $0["x"].exp() },
    "log": { try $0["x"].log() },
    "sqrt": { try $0["x"].squareRoot() },
    "tanh": { try $0["x"].tanh() },
    "sigmoid": { try $0["x"].sigmoid() },
    "relu": { try $0["x"].relu() },
    "gelu": { try $0["x"].gelu() },
    "sum": { row in try row.axes.reduce(row["x"]) { $0.sum($1) } },
    "mean": { row in
      let x = try row["x"]
      if row.axes.count == x.shape.rank { return x.mean() }
      let count = row.axes.reduce(1) { $0 * x.shape[$1] }
      return row.axes.reduce(x) { $0.sum($1) } / Float(count)
    },
    "matmul": { row in
      let (a, b) = (try row["a"], try row["b"])
      switch row.kind {
      case "left", "batchedLeft": return matmul(a.transposed(), b)
      case "right", "batchedRight": return matmul(a, b.transposed())
      case "both": return matmul(a.transposed(), b.transposed())
      case "shared": return linear(a, b.transposed(), nil)  // one b for the whole batch
      default: return matmul(a, b)
      }
    },
    "linear": { row in
      linear(
        try row["x"], try row["weight"], row.has("bias") ? try row["bias"] : nil,
        activation: row.kind == "gelu" ? .gelu : .identity)
    },
    "softmax": { try $0["x"].softmax() },
    "logSoftmax": { try $0["x"].logSoftmax() },
    "layerNorm": {
      layerNorm(
        try $0["x"], gain: try $0["gain"], bias: try $0["bias"], epsilon: try $0.number("epsilon"))
    },
    "embedding": {
      embedding(
        try $0["table"], try $0.integers("ids"), scale: try $0.number("scale", default: 1))
    },
    "attention": { row in
      attention(
        try row["q"], try row["k"], try row["v"], mask: try mask(row), dropout: 0, .inference)
    },
    "crossEntropy": {
      crossEntropy(
        try $0["logits"], targets: try $0.integers("labels"),
        smoothing: try $0.number("smoothing"))
    },
    "linearCrossEntropy": { row in
      let targets = try row.integers("labels")
      if row.kind == "tied" {
        let rows = embedding(try row["table"], try row.integers("ids"))
        let hidden = matmul(rows, try row["projection"]).tanh()
        return linearCrossEntropy(hidden, try row["table"], nil, targets: targets)
      }
      return linearCrossEntropy(
        try row["x"], try row["weight"], try row["bias"], targets: targets,
        smoothing: try row.number("smoothing"))
    },
    "dropout": { try $0["x"] * $0.real("mask") / $0.number("keep") },
  ]

  private static func mask(_ row: PyTorchCase) throws -> AttentionMask {
    let isCausal = row.kind.hasPrefix("causal") || row.kind.hasPrefix("cached")
    guard row.has("lengths") else { return isCausal ? .causal : .none }
    let lengths = try row.integers("lengths").integers().map { Int($0) }
    return isCausal ? .causalPadding(lengths) : .padding(lengths)
  }

  /// What rounding allows: in double precision 10⁻¹⁰, but constants are single-precision numbers in
  /// our operations, which ε = 10⁻⁵, a smoothing of 0.1 and a keeping rate of 0.8 are not.
  private static func tolerance(_ row: PyTorchCase) -> Tolerance {
    if row.backend.real == .float32 {
      // Subtracting a mean of 10 from numbers of deviation 0.1 loses two digits.
      let loss = row.name == "layerNorm.offset" ? 10.0 : 1
      return Tolerance(absolute: 1e-5 * loss, relative: 1e-5 * loss)
    }
    let isRounded = row.has("epsilon") || row.has("smoothing") || row.has("keep")
    return Tolerance(absolute: isRounded ? 1e-7 : 1e-10, relative: isRounded ? 1e-7 : 1e-10)
  }

  @Test(arguments: cases.filter { operations[PyTorchCase.operation($0)] != nil })
  func valuesAndGradients(_ name: String) throws {
    let compute = try #require(PyTorchTests.operations[PyTorchCase.operation(name)])
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let row = try PyTorchCase(PyTorchTests.fixture.get(), name, backend)
      try row.check(within: PyTorchTests.tolerance(row), compute)
    }
  }

  @Test(arguments: cases.filter { PyTorchCase.operation($0) == "max" })
  func maxima(_ name: String) throws {
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let row = try PyTorchCase(PyTorchTests.fixture.get(), name, backend)
      let x = try row["x"]
      let axes = row.kind == "all" ? [0, 1, 2] : row.axes
      let y = axes.reduce(x) { backend.reduce(.maximum, $0, axis: $1) }
      let expected = try row.real("y")
      #expect(mismatch(y.reshaped(expected.shape), expected, within: .exact) == nil)
    }
  }

  // MARK: The optimizer

  @Test(arguments: cases.filter { PyTorchCase.operation($0) == "adamw" })
  func clippedStepsOfAdamW(_ name: String) throws {
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let row = try PyTorchCase(PyTorchTests.fixture.get(), name, backend)
      // A step's settings are single-precision numbers on every backend.
      let tolerance = Tolerance(absolute: 1e-6, relative: 1e-6)
      let decays = try row.fixture("\(name).weightDecay").values
      let names = ["p", "q"]
      var parameters = try names.map { try row.real("\($0)0") }
      var m = parameters.map { backend.full($0.shape, 0) }
      var v = m
      var (power1, power2) = (1.0, 1.0)
      for step in 1...3 {
        let gradients = try names.map { try row.real("grad.\($0)\(step)") }
        let norm = gradients.reduce(0) { $0 + backend.sumOfSquares($1) }.squareRoot()
        let expected = try row.real("norm\(step)").item()
        #expect(abs(norm - expected) <= 1e-6 * expected)
        let maximum = Double(try row.number("maximumNorm"))
        let (beta1, beta2) = (try row.number("beta1"), try row.number("beta2"))
        (power1, power2) = (power1 * Double(beta1), power2 * Double(beta2))
        for index in names.indices {
          backend.adamW(
            &parameters[index], gradient: gradients[index], m: &m[index], v: &v[index],
            AdamWStep(
              rate: try row.number("learningRate"), beta1: beta1, beta2: beta2,
              epsilon: try row.number("epsilon"), decay: Float(decays[index]),
              correction1: Float(1 - power1), correction2: Float(1 - power2),
              gradientScale: Float(min(1, maximum / (norm + 1e-6)))))
          let expected = try row.real("\(names[index])\(step)")
          #expect(mismatch(parameters[index], expected, within: tolerance) == nil, "step \(step)")
        }
      }
      for index in names.indices {
        #expect(mismatch(m[index], try row.real("m.\(names[index])"), within: tolerance) == nil)
        #expect(mismatch(v[index], try row.real("v.\(names[index])"), within: tolerance) == nil)
      }
    }
  }
}
