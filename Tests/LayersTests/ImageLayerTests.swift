import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Layers over images.
@Suite struct ImageLayerTests {
  private let random = Random(seed: 3)
  private let close = Tolerance(absolute: 1e-5, relative: 1e-5)

  private func normal(_ shape: Shape, on backend: any Backend = CPUBackend.shared) -> Tensor {
    random.normals(shape, on: backend)
  }

  @Test func parametersHavePyTorchsNamesShapesAndBounds() throws {
    let store = ParameterStore(.fresh(Random(seed: 1)))
    _ = try Conv2d(6, 40, kernel: Extent(3, 5), groups: 2, in: store.root / "conv")
    _ = try ConvTranspose2d(8, 6, kernel: 4, groups: 2, in: store.root / "up")
    _ = try Conv2d(6, 4, kernel: 1, hasBias: false, in: store.root / "plain")
    let shapes = store.parameters.map { "\($0.name) \($0.shape)" }
    #expect(
      shapes == [
        "conv.weight [40, 3, 3, 5]", "conv.bias [40]", "up.weight [8, 3, 4, 4]", "up.bias [6]",
        "plain.weight [4, 6, 1, 1]",
      ])
    // ±1 / √(fan in), and values come near both ends.
    for (parameter, fanIn) in zip(store.parameters, [45, 45, 48, 48]) {
      let bound = 1 / Float(fanIn).squareRoot()
      let values = parameter.tensor.floats()
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      #expect(low >= -bound && high <= bound, "\(parameter.name)")
      #expect(low < -0.5 * bound && high > 0.5 * bound, "\(parameter.name)")
    }
  }

  @Test func layersComputeTheirOperations() throws {
    let store = ParameterStore(.fresh(Random(seed: 2)))
    let conv = try Conv2d(
      4, 6, kernel: 3, stride: 2, padding: 1, dilation: 2, groups: 2, in: store.root / "a")
    let up = try ConvTranspose2d(
      4, 6, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2, in: store.root / "b")
    let masked = try MaskedConv2d(4, 6, kernel: 3, mask: .a, in: store.root / "c")
    let (x, p) = (normal([2, 4, 7, 7]), store.parameters.map { $0.tensor })
    #expect(
      conv(x, activation: .relu).floats()
        == convolution(
          x, p[0], p[1], stride: 2, padding: 1, dilation: 2, groups: 2, activation: .relu
        ).floats())
    #expect(
      up(x).floats()
        == transposedConvolution(
          x, p[2], p[3], stride: 2, padding: 1, outputPadding: 1, groups: 2
        ).floats())
    #expect(masked(x).floats() == convolution(x, p[4], p[5], padding: 1, mask: .a(3)).floats())
  }

  // MARK: What a pixel sees

  /// Changes one pixel and returns which pixels of the result change, row by row.
  private func changed(_ size: Extent, at place: Int, _ layer: (Tensor) -> Tensor) -> [Bool] {
    let x = normal([1, 2, size.height, size.width])
    var values = x.floats()
    values[place] += 1
    values[size.height * size.width + place] -= 2
    let (before, after) = (layer(x), layer(Tensor(values, x.shape)))
    let plane = size.height * size.width
    let difference = (before - after).floats().map { $0 != 0 }
    return (0..<plane).map { pixel in
      stride(from: pixel, to: difference.count, by: plane).contains { difference[$0] }
    }
  }

  @Test(arguments: [MaskedConv2d.Mask.a, .b])
  func maskedConvolutionsSeeNothingOfWhatComesAfterAPixel(_ mask: MaskedConv2d.Mask) throws {
    let store = ParameterStore(.fresh(Random(seed: 4)))
    let first = try MaskedConv2d(2, 5, kernel: 5, mask: mask, in: store.root / "a")
    let second = try MaskedConv2d(5, 3, kernel: 3, mask: .b, in: store.root / "b")
    let size = Extent(6, 7)
    for place in [0, 9, 24, 41] {
      let seen = changed(size, at: place) { second(first($0)) }
      #expect(seen[..<place].allSatisfy { !$0 })
      #expect(seen[place] == (mask == .b))
    }
  }

  @Test func aRowLSTMSeesTheTriangleAboveAPixel() throws {
    let store = ParameterStore(.fresh(Random(seed: 5)))
    let layer = try RowLSTM(2, 3, mask: .b, in: store.root)
    let size = Extent(4, 7)
    let seen = changed(size, at: 1 * 7 + 3) { layer($0) }
    let expected = (0..<28).map { pixel -> Bool in
      let (row, column) = (pixel / 7, pixel % 7)
      // The pixel's own row from it on by the mask's reach of one, then one more on each side a row.
      if row == 1 { return column == 3 || column == 4 }
      return row > 1 && column >= 3 - (row - 1) && column <= 4 + (row - 1)
    }
    #expect(seen == expected)
  }

  @Test func aDiagonalBiLSTMSeesAllThatComesBeforeAPixelAndNothingElse() throws {
    let store = ParameterStore(.fresh(Random(seed: 6)))
    let layer = try DiagonalBiLSTM(2, 3, in: store.root)
    let size = Extent(4, 5)
    for place in [0, 7, 13] {
      let seen = changed(size, at: place) { layer($0) }
      #expect(seen == (0..<20).map { $0 >= place })
    }
  }

  // MARK: Recurrences

  /// The recurrences against ones that go from pixel to pixel: Tests/Fixtures/ops/images.md.
  @Test(arguments: ["diagonal.plain", "row.b"])
  func recurrencesEqualThosePixelByPixel(_ name: String) throws {
    let fixture = try Fixture("ops/images.safetensors")
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let store = ParameterStore(.fresh(Random(seed: 7)), on: backend)
      let layer: (Tensor) -> Tensor
      if name == "row.b" {
        let row = try RowLSTM(2, 3, mask: .b, in: store.root)
        layer = { row($0) }
      } else {
        let diagonal = try DiagonalLSTM(2, 3, in: store.root)
        layer = { diagonal($0) }
      }
      let names = [
        "input_to_state.weight": "input_weight", "input_to_state.bias": "input_bias",
        "state_to_state.weight": "state_weight",
      ]
      #expect(Set(store.parameters.map(\.name)) == Set(names.keys))
      for parameter in store.parameters {
        let key = try #require(names[parameter.name])
        let value = try fixture.tensor("\(name).\(key)", on: backend)
        parameter.update { $0 = value }
      }
      let x = Parameter("x", try fixture.tensor("\(name).x", on: backend))
      let dy = try fixture.tensor("\(name).dy", on: backend)
      let (_, gradients) = withGradients { (layer(x.tensor) * dy).sum() }
      let isSingle = backend.real == .float32
      let tolerance = Tolerance(
        absolute: isSingle ? 1e-5 : 1e-10, relative: isSingle ? 1e-5 : 1e-10)
      let y = try fixture.tensor("\(name).y", on: backend)
      #expect(mismatch(layer(x.tensor), y, within: tolerance) == nil)
      for parameter in store.parameters + [x] {
        let found = try #require(gradients[parameter])
        let expected = try fixture.tensor(
          "\(name).d\(names[parameter.name] ?? "x")", on: backend)
        // Taps that the mask leaves out have no gradient, whatever they hold.
        #expect(mismatch(found, expected, within: tolerance) == nil, "\(parameter.name)")
      }
    }
  }

  @Test func cellsHavePyTorchsNamesAndComputeTheirOperations() throws {
    let store = ParameterStore(.fresh(Random(seed: 8)))
    let lstm = try LSTMCell(4, 5, in: store.root / "lstm")
    let gru = try GRUCell(4, 5, in: store.root / "gru")
    #expect(
      store.parameters.map { "\($0.name) \($0.shape)" } == [
        "lstm.weight_ih [20, 4]", "lstm.bias_ih [20]", "lstm.weight_hh [20, 5]",
        "lstm.bias_hh [20]",
        "gru.weight_ih [15, 4]", "gru.bias_ih [15]", "gru.weight_hh [15, 5]", "gru.bias_hh [15]",
      ])
    let p = store.parameters.map { $0.tensor }
    let x = normal([3, 4])
    var state = lstm.start(3)
    #expect(state.cell.floats() == [Float](repeating: 0, count: 15))
    state = lstm(x, lstm(x, state))
    let h = normal([3, 5])
    let s = linear(x, p[0], p[1]) + linear(h, p[2], p[3])
    let (hidden, cell) = lstmCell(s, cell: state.cell)
    let next = lstm(x, LSTMCell.State(hidden: h, cell: state.cell))
    #expect(next.hidden.floats() == hidden.floats() && next.cell.floats() == cell.floats())
    #expect(
      gru(x, hidden: h).floats()
        == gruCell(linear(x, p[4], p[5]), linear(h, p[6], p[7]), hidden: h).floats())
  }

  /// The gradients of whole layers against finite differences, in double precision.
  @Test func gradientsOfRecurrencesAreTheirDerivatives() throws {
    let reference = ReferenceBackend()
    let store = ParameterStore(.fresh(Random(seed: 9)), on: reference)
    let diagonal = try DiagonalBiLSTM(2, 2, in: store.root / "d")
    let row = try RowLSTM(2, 2, mask: .b, in: store.root / "r")
    let lstm = try LSTMCell(3, 2, in: store.root / "l")
    let gru = try GRUCell(2, 3, in: store.root / "g")
    let (x, z) = (normal([2, 2, 3, 4], on: reference), normal([2, 3], on: reference))
    let mismatch = gradientMismatch(store.parameters) {
      let state = lstm(z, lstm(z, lstm.start(2, on: reference)))
      let h = gru(state.hidden, hidden: gru(state.cell, hidden: z))
      return concatenate([(diagonal(x) * row(x)).reshaped([48]), h.reshaped([6])])
    }
    #expect(mismatch == nil)
  }
}
