import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Test func addingALayerDoesNotChangeAnothersInitialWeights() throws {
  let alone = ParameterStore(.fresh(Random(seed: 6)))
  let first = try Linear(4, 5, in: alone.root / "b")
  let together = ParameterStore(.fresh(Random(seed: 6)))
  _ = try Linear(9, 9, in: together.root / "a")
  let second = try Linear(4, 5, in: together.root / "b")
  let x = Random(seed: 7).normals([3, 4], on: CPUBackend.shared)
  #expect(first(x).floats() == second(x).floats())
}

@Test(arguments: Precision.allCases)
func packedWeightsGiveTheSameResultsAndFollowUpdates(_ precision: Precision) {
  withPrecision(precision) {
    let random = Random(seed: 21)
    let weight = Parameter("weight", random.normals([33, 40], on: CPUBackend.shared))
    let x = random.normals([20, 40], on: CPUBackend.shared)
    func results(_ weight: Tensor) -> [Float] { linear(x, weight, nil).floats() }
    for _ in 0..<2 {
      let packed = results(weight.tensor)
      #expect(packed == results(weight.tensor))
      let plain = weight.tensor.view(weight.tensor.layout)
      #expect(packed == results(plain))
      weight.update { $0 = random.normals([33, 40], on: CPUBackend.shared) }
      #expect(packed != results(weight.tensor))
    }
  }
}

@Test(arguments: [Precision.float32, .bfloat16])
func aCheckpointGivesBackWhatItWasGiven(_ precision: Precision) throws {
  let folder = ScratchFolder()
  let path = folder("roundtrip.safetensors")
  let values = Random(seed: 8).normals([7, 3], on: CPUBackend.shared)
  try Checkpoint.write(path, [("weight", values), ("bias", values)], as: precision)
  let checkpoint = try Checkpoint(path)
  #expect(Set(checkpoint.names) == ["weight", "bias"])
  let found = try checkpoint.tensor("weight", [7, 3])
  // bfloat16 has 8 significant bits: neighbours are 2⁻⁷ apart relative to a power of two, and the nearest
  // one is at most half of that away.
  let relative = precision == .float32 ? 0 : 0x1p-8
  #expect(mismatch(found, values, within: Tolerance(relative: relative)) == nil)
}

@Test func misfitsOfACheckpointAreNamed() throws {
  let folder = ScratchFolder()
  let path = folder("misfit.safetensors")
  let random = Random(seed: 9)
  try Checkpoint.write(
    path,
    [
      ("layer.weight", random.normals([2, 3], on: CPUBackend.shared)),
      ("layer.bias", random.normals([2], on: CPUBackend.shared)),
      ("stray", random.normals([1], on: CPUBackend.shared)),
    ])
  let store = ParameterStore(.checkpoint(try Checkpoint(path)))
  let wrongShape = #expect(throws: Failure.self) { try Linear(4, 2, in: store.root / "layer") }
  #expect(wrongShape?.message.contains("layer.weight: config.json says [2, 4]") == true)
  let absent = #expect(throws: Failure.self) { try Linear(3, 2, in: store.root / "other") }
  #expect(absent?.message.contains("other.weight") == true)
  let fitting = ParameterStore(.checkpoint(try Checkpoint(path)))
  _ = try Linear(3, 2, in: fitting.root / "layer")
  let unused = #expect(throws: Failure.self) { try fitting.finish() }
  #expect(unused?.message.contains("stray") == true)
}

@Test func weightsThatAreNoNumbersAreRefused() throws {
  let folder = ScratchFolder()
  let path = folder("nan.safetensors")
  try Checkpoint.write(path, [("weight", Tensor([1, .nan], [2]))])
  let failure = #expect(throws: Failure.self) { try Checkpoint(path).tensor("weight") }
  #expect(failure?.message.contains("weight: holds NaN") == true)
}

@Test func weightsOfWholeNumbersAreRefused() throws {
  let folder = ScratchFolder()
  let path = folder("integers.safetensors")
  let entry = SafetensorsWriter.Entry(name: "weight", dtype: "I32", shape: [2]) {
    (writer: inout FileWriter) throws(Failure) in
    try writer.write([1, 0, 0, 0, 2, 0, 0, 0])
  }
  try SafetensorsWriter.write(path, entries: [entry], metadata: [])
  let failure = #expect(throws: Failure.self) { try Checkpoint(path).tensor("weight", [2]) }
  #expect(failure?.message.contains("weight: expected elements of type F32 or BF16") == true)
}

@Test func sinusoidalRowsTurnByTheirDistance() throws {
  let store = ParameterStore(.fresh(Random(seed: 1)))
  let table = try store.root.parameter("p", [12, 8], .sinusoidal(amplitude: 1, offset: 2))
  let values = table.tensor.floats()
  func row(_ position: Int) -> [Float] { Array(values[(position + 2) * 8..<(position + 3) * 8]) }
  #expect(row(0) == [0, 1, 0, 1, 0, 1, 0, 1])
  func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  // ⟨p(i), p(j)⟩ = Σ cos((i − j) ω) depends on the distance only.
  #expect(abs(dot(row(1), row(4)) - dot(row(5), row(8))) < 1e-5)
  #expect(dot(row(3), row(3)) > dot(row(3), row(4)))
}

@Test func aCheckpointInEightBitsGivesBackItsNumbers() throws {
  let folder = ScratchFolder()
  let path = folder("int8.safetensors")
  let store = ParameterStore(.fresh(Random(seed: 10)))
  let wide = try Linear(40, 33, weight: .normal(deviation: 1), in: store.root / "wide")
  let small = try Linear(40, 3, weight: .normal(deviation: 1), in: store.root / "small")
  try store.finish()
  try Checkpoint.write(path, store.state, as: .int8)
  let file = try Checkpoint(path)
  #expect(
    Set(file.names) == [
      "wide.weight", "wide.weight_scale", "wide.bias", "small.weight", "small.bias",
    ])
  let read = ParameterStore(.checkpoint(file))
  let other = try Linear(40, 33, in: read.root / "wide")
  let same = try Linear(40, 3, in: read.root / "small")
  try read.finish()
  #expect(read.state.map(\.holdsInt8) == [true, false, false, false])
  let x = Random(seed: 11).normals([20, 40], on: CPUBackend.shared)
  // What was rounded to be written is what the original computes with in eight bits.
  withWeights(in: .int8) {
    #expect(wide(x).floats() == other(x).floats())
    #expect(small(x).floats() == same(x).floats())
  }
  // As real numbers: half a unit of 127 away, and with gradients.
  let weights = (store.state[0].tensor.floats(), read.state[0].tensor.floats())
  for (row, pair) in zip(weights.0, weights.1).enumerated() {
    let peak = weights.0[row / 40 * 40..<row / 40 * 40 + 40].map(abs).max() ?? 0
    #expect(abs(pair.0 - pair.1) <= 0.5001 * peak / 127)
  }
  withWeights(in: .int8) {
    let (_, gradients) = withGradients { Loss(other(x).sum()) }
    #expect(gradients[read.state[0]] != nil)
  }
  // Training makes it a real one.
  read.state[0].update { $0 = $0 + 1 }
  #expect(!read.state[0].holdsInt8)
  #expect(read.state[0].tensor.floats() == weights.1.map { $0 + 1 })
}

@Test func damagedScalesAreNamed() throws {
  let folder = ScratchFolder()
  let path = folder("scales.safetensors")
  func failure(_ scales: [Float]?, _ shape: [Int] = [2, 1], dtype: String = "F32") throws -> String?
  {
    var entries = [
      SafetensorsWriter.Entry(name: "layer.weight", dtype: "I8", shape: [2, 3]) {
        (writer: inout FileWriter) throws(Failure) in try writer.write([1, 2, 3, 4, 5, 0x80])
      },
      SafetensorsWriter.Entry(name: "layer.bias", dtype: "F32", shape: [2]) {
        (writer: inout FileWriter) throws(Failure) in
        try writer.write([UInt8](repeating: 0, count: 8))
      },
    ]
    if let scales {
      entries.append(
        SafetensorsWriter.Entry(name: "layer.weight_scale", dtype: dtype, shape: shape) {
          (writer: inout FileWriter) throws(Failure) in
          try writer.write(scales.withUnsafeBytes { Array($0) })
        })
    }
    try SafetensorsWriter.write(path, entries: entries, metadata: [])
    do {
      let store = ParameterStore(.checkpoint(try Checkpoint(path)))
      _ = try Linear(3, 2, in: store.root / "layer")
      try store.finish()
      return nil
    } catch {
      return error.message
    }
  }
  #expect(try failure([0.5, 2]) == nil)
  #expect(try failure(nil)?.contains("has no tensor layer.weight_scale") == true)
  #expect(
    try failure([1, 1, 1], [3, 1])?.contains("layer.weight_scale: config.json says [2, 1]") == true)
  #expect(try failure([1, 1], [2])?.contains("layer.weight_scale") == true)
  #expect(try failure([1, .nan])?.contains("layer.weight_scale: holds NaN") == true)
  #expect(try failure([1, .infinity])?.contains("layer.weight_scale: holds NaN or inf") == true)
  #expect(try failure([1, -1])?.contains("layer.weight_scale: holds a scale below 0") == true)
  #expect(
    try failure([1, 1], dtype: "I32")?.contains("layer.weight_scale: expected elements") == true)
}

@Test func eightBitsAreForMatrices() throws {
  let folder = ScratchFolder()
  let path = folder("vector.safetensors")
  let entries = [
    SafetensorsWriter.Entry(name: "weight", dtype: "I8", shape: [4]) {
      (writer: inout FileWriter) throws(Failure) in try writer.write([1, 2, 3, 4])
    }
  ]
  try SafetensorsWriter.write(path, entries: entries, metadata: [])
  let store = ParameterStore(.checkpoint(try Checkpoint(path)))
  let failure = #expect(throws: Failure.self) {
    try store.root.parameter("weight", [4], .zeros)
  }
  #expect(failure?.message.contains("weight: elements of type I8 are for matrices") == true)
}
