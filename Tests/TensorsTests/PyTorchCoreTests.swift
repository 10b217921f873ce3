import SeqaeTensors
import TestSupport
import Testing

/// Elementwise functions, losses and rows against PyTorch: Tests/Fixtures/ops/core.md says what the fixture holds.
@Suite struct PyTorchCoreTests {
  private static let fixture = Result { try Fixture("ops/core.safetensors") }
  private static let cases = PyTorchCase.names(fixture)

  @Test func everyCaseOfTheFixtureIsRun() {
    #expect(PyTorchCoreTests.cases.count >= 86)
    #expect(
      Set(PyTorchCoreTests.cases.map(PyTorchCase.operation))
        == Set(PyTorchCoreTests.operations.keys))
  }

  private static let operations: [String: @Sendable (PyTorchCase) throws -> Tensor] = [
    "geluTanh": { try $0["x"].gelu(.tanh) },
    "relu": { try $0["x"].relu() },
    "silu": { try $0["x"].silu() },
    "softplus": { try $0["x"].softplus() },
    "absolute": { try $0["x"].absolute() },
    "square": { try $0["x"].square() },
    "sin": { try $0["x"].sin() },
    "cos": { try $0["x"].cos() },
    "power": { try $0["x"].power($0.number("exponent")) },
    "maximum": { maximum(try $0["a"], try $0["b"]) },
    "minimum": { minimum(try $0["a"], try $0["b"]) },
    "clamped": { row in
      row.kind == "both"
        ? try row["x"].clamped(min: -0.5, max: 0.75) : try row["x"].clamped(min: -0.5)
    },
    "select": { select(try $0.real("mask"), try $0["a"], try $0["b"]) },
    "mseLoss": { mseLoss(try $0["x"], targets: try $0["t"], reduction: $0.reduction) },
    "l1Loss": { l1Loss(try $0["x"], targets: try $0["t"], reduction: $0.reduction) },
    "smoothL1Loss": {
      smoothL1Loss(try $0["x"], targets: try $0["t"], beta: 0.75, reduction: $0.reduction)
    },
    "logitsCrossEntropy": {
      binaryCrossEntropy(logits: try $0["x"], targets: try $0["t"], reduction: $0.reduction)
    },
    "binaryCrossEntropy": {
      binaryCrossEntropy(probabilities: try $0["x"], targets: try $0["t"], reduction: $0.reduction)
    },
    "gaussianKL": { row in
      let (mean, logVariance) = (try row["mean"], try row["logVariance"])
      if row.kind == "unit" { return gaussianKL(mean: mean, logVariance: logVariance) }
      return gaussianKL(
        (mean, logVariance), from: (try row["priorMean"], try row["priorLogVariance"]))
    },
    "softmax": { try $0["x"].softmax($0.axes[0]) },
    "logSoftmax": { try $0["x"].logSoftmax($0.axes[0]) },
    "logSumExp": { try $0["x"].logSumExp($0.axes[0]) },
    "max": { try $0["x"].max($0.axes[0]) },
    "min": { try $0["x"].min($0.axes[0]) },
    "norm": { try $0["x"].norm($0.axes[0]) },
    "variance": { row in
      try row["x"].variance(Array(row.axes.dropLast()), correction: row.axes[2])
    },
    "normalized": { try $0["x"].normalized(epsilon: $0.number("epsilon", default: 1e-12)) },
    "topK": { try $0["x"].topK(3).values },
    "takeAlong": { takeAlong(try $0["x"], try $0.integers("ids"), $0.axes[0]) },
    "groupNorm": { row in
      groupNorm(
        try row["x"], groups: row.axes[0], gain: try row["gain"], bias: try row["bias"],
        epsilon: try row.number("epsilon"))
    },
    "batchNorm": { row in
      let (x, gain, bias) = (try row["x"], try row["gain"], try row["bias"])
      let epsilon = try row.number("epsilon")
      guard row.kind == "inference" else {
        return batchNorm(x, gain: gain, bias: bias, epsilon: epsilon).y
      }
      return batchNorm(
        x, gain: gain, bias: bias, mean: try row.real("mean"), variance: try row.real("variance"),
        epsilon: epsilon)
    },
    "rmsNorm": {
      rmsNorm(try $0["x"], gain: try $0["gain"], epsilon: try $0.number("epsilon"))
    },
    "attention": { row in
      var mask = row.kind == "causal" ? AttentionMask.causal : .none
      if row.has("lengths") {
        mask = .padding(try row.integers("lengths").integers().map { Int($0) })
      }
      return attention(
        try row["q"], try row["k"], try row["v"], bias: try row["bias"],
        scale: try row.number("scale"), mask: mask, dropout: 0, .inference)
    },
    "linear": { row in
      let activation = try #require(Activation(rawValue: String(row.kind)))
      return linear(
        try row["x"], try row["weight"], try row["bias"], activation: activation)
    },
    "straightThrough": { row in
      let x = try row["x"]
      let rounded = Tensor(
        x.floats().map { $0.rounded(.toNearestOrEven) }, x.shape, on: row.backend)
      return straightThrough(rounded, to: x)
    },
  ]

  @Test(arguments: cases)
  func valuesAndGradients(_ name: String) throws {
    let compute = try #require(PyTorchCoreTests.operations[PyTorchCase.operation(name)])
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let row = try PyTorchCase(PyTorchCoreTests.fixture.get(), name, backend)
      // Constants are single-precision numbers in our operations, which ε = 10⁻⁵ is not.
      let error = backend.real == .float32 ? 1e-5 : row.has("epsilon") ? 1e-7 : 1e-10
      try row.check(within: Tolerance(absolute: error, relative: error), compute)
    }
  }
}

extension PyTorchCase {
  fileprivate var reduction: LossReduction {
    kind.hasPrefix("none") ? .none : kind == "sum" ? .sum : .mean
  }
}
