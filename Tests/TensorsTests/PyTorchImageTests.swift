import SeqaeTensors
import TestSupport
import Testing

/// Operations on images and recurrent cells against PyTorch: Tests/Fixtures/ops/images.md says what the fixture
/// holds.
@Suite struct PyTorchImageTests {
  private static let fixture = Result { try Fixture("ops/images.safetensors") }
  // The recurrences over images are layers, and tested as such.
  private static let cases = PyTorchCase.names(fixture).filter {
    !["diagonal", "row"].contains(PyTorchCase.operation($0))
  }

  @Test func everyCaseOfTheFixtureIsRun() {
    #expect(PyTorchImageTests.cases.count >= 54)
    #expect(
      Set(PyTorchImageTests.cases.map(PyTorchCase.operation))
        == Set(PyTorchImageTests.operations.keys))
  }

  private static let operations: [String: @Sendable (PyTorchCase) throws -> Tensor] = [
    "convolution": { row in
      let weight = try row["weight"]
      let kernel = Extent(weight.shape[2], weight.shape[3])
      let mask: KernelMask? =
        row.kind.hasPrefix("maskA") ? .a(kernel) : row.kind.hasPrefix("maskB") ? .b(kernel) : nil
      return convolution(
        try row["x"], weight, row.has("bias") ? try row["bias"] : nil,
        stride: try row.extent("stride"), padding: try row.extent("padding"),
        dilation: try row.extent("dilation"), groups: Int(try row.real("groups").item()), mask: mask
      )
    },
    "transposedConvolution": { row in
      transposedConvolution(
        try row["x"], try row["weight"], try row["bias"], stride: try row.extent("stride"),
        padding: try row.extent("padding"), outputPadding: try row.extent("outputPadding"),
        dilation: try row.extent("dilation"), groups: Int(try row.real("groups").item()))
    },
    "maxPool": { try $0.maxPooled().values },
    "maxUnpool": { row in
      maxUnpool(
        try row["x"], switches: try row.integers("switches"), to: try row.extent("size"))
    },
    "averagePool": { row in
      averagePool(
        try row["x"], kernel: try row.extent("kernel"), stride: try row.extent("stride"),
        padding: try row.extent("padding"),
        countsPadding: try row.real("countsPadding").item() == 1)
    },
    "upsample": { row in
      let upsampling: Upsampling =
        row.kind.hasSuffix("Nearest")
        ? .nearest : .bilinear(alignsCorners: row.kind.hasSuffix("Aligned"))
      return upsample(try row["x"], to: try row.extent("size"), upsampling)
    },
    "gatedActivation": { gatedActivation(try $0["x"]) },
    "lstm": { row in
      let s = try row.gates("x", "ih") + row.gates("h", "hh")
      let (hidden, cell) = lstmCell(s, cell: try row["c"])
      switch row.kind {
      case "hidden": return hidden
      case "cell": return cell
      default: return concatenate([hidden, cell], 1)
      }
    },
    "gru": { try gruCell($0.gates("x", "ih"), $0.gates("h", "hh"), hidden: $0["h"]) },
  ]

  @Test(arguments: cases)
  func valuesAndGradients(_ name: String) throws {
    let compute = try #require(PyTorchImageTests.operations[PyTorchCase.operation(name)])
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let row = try PyTorchCase(PyTorchImageTests.fixture.get(), name, backend)
      let isSingle = backend.real == .float32
      try row.check(
        within: Tolerance(absolute: isSingle ? 2e-5 : 1e-10, relative: isSingle ? 1e-5 : 1e-10),
        compute)
    }
  }

  @Test(arguments: cases.filter { PyTorchCase.operation($0) == "maxPool" })
  func switches(_ name: String) throws {
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let row = try PyTorchCase(PyTorchImageTests.fixture.get(), name, backend)
      #expect(try row.maxPooled().switches.integers() == row.integers("switches").integers())
    }
  }
}

extension PyTorchCase {
  fileprivate func extent(_ constant: String) throws -> Extent {
    let sizes = try integers(constant).integers()
    return Extent(Int(sizes[0]), Int(sizes[1]))
  }

  fileprivate func maxPooled() throws -> (values: Tensor, switches: Tensor) {
    maxPool(
      try self["x"], kernel: try extent("kernel"), stride: try extent("stride"),
      padding: try extent("padding"), dilation: try extent("dilation"))
  }

  fileprivate func gates(_ x: String, _ name: String) throws -> Tensor {
    linear(try self[x], try self["weight_\(name)"], try self["bias_\(name)"])
  }
}
