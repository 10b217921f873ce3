import SeqaeFiles
import SeqaeRandom
import Testing

@Suite struct NPYTests {
  @Test func readsWhatNumPyWroteInAllVersions() throws {
    let quarters: [Double] = [0, 0.25, 0.5, 0.75, 1, 1.25]
    for (name, element, scale) in [
      ("matrix-1", NPYFile.Element.float32, 1.0), ("matrix-2", .float64, 3.0),
      ("matrix-3", .float32, 1.0),
    ] {
      let file = try NPYFile(fixture("\(name).npy"))
      #expect(file.shape == [2, 3] && file.count == 6 && file.element == element, "\(name)")
      #expect(file.doubles() == quarters.map { $0 / scale }, "\(name)")
      #expect(file.floats() == quarters.map { Float($0 / scale) }, "\(name)")
    }
    let row = try NPYFile(fixture("row.npy"))
    #expect(row.shape == [2] && row.doubles() == [0.1, -2.5])
    let scalar = try NPYFile(fixture("scalar.npy"))
    #expect(scalar.shape == [] && scalar.doubles() == [0.1])
    let empty = try NPYFile(fixture("empty.npy"))
    #expect(empty.shape == [0, 5] && empty.floats() == [])
  }

  @Test func writesTheBytesThatNumPyWrites() throws {
    let folder = TemporaryFolder()
    try NPYWriter.write(folder("matrix"), floats: [0, 0.25, 0.5, 0.75, 1, 1.25], shape: [2, 3])
    try NPYWriter.write(folder("row"), doubles: [0.1, -2.5], shape: [2])
    try NPYWriter.write(folder("scalar"), doubles: [0.1], shape: [])
    try NPYWriter.write(folder("empty"), floats: [], shape: [0, 5])
    for (ours, theirs) in [
      ("matrix", "matrix-1"), ("row", "row"), ("scalar", "scalar"), ("empty", "empty"),
    ] {
      let expected = try MappedFile(fixture("\(theirs).npy"))
      #expect(folder.get(ours) == Array(expected.bytes), "\(ours)")
    }
  }

  @Test func whatIsWrittenReadsBack() throws {
    let random = Random(seed: 71)
    let folder = TemporaryFolder()
    for _ in 0..<50 {
      let shape = (0..<random.integer(below: 4)).map { _ in random.integer(below: 12) }
      let values = (0..<shape.reduce(1, *)).map { _ in random.normal() }
      try NPYWriter.write(folder("a"), doubles: values, shape: shape)
      try NPYWriter.write(folder("b"), floats: values.map { Float($0) }, shape: shape)
      let (a, b) = (try NPYFile(folder("a")), try NPYFile(folder("b")))
      #expect(a.shape == shape && a.doubles() == values)
      #expect(b.shape == shape && b.floats() == values.map { Float($0) })
    }
  }
}
