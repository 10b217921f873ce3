import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Suite struct TensorTests {
  @Test func theDocumentedExampleHolds() {
    let x = Tensor([1.0, 2, 3, 4], [2, 2])
    let y = x * x + 1  // [[2, 5], [10, 17]]
    #expect(y.floats() == [2, 5, 10, 17])
    #expect(y.shape == [2, 2])
    #expect(y.dtype == .float32)
  }

  @Test func numbersReadBackAsTheyWere() {
    let values = Random(seed: 1).normals(60)
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      let x = Tensor(values, [3, 4, 5], on: backend)
      #expect(x.floats() == values)
      #expect(x.doubles() == values.map { Double($0) })
      #expect(x.sliced(0, 1..<2).sliced(1, 2..<3).sliced(2, 3..<4).item() == Double(values[33]))
    }
  }

  @Test func aDescriptionShowsShapeTypeAndTheFirstElements() {
    #expect("\(Tensor([1.5, -2], [2, 1]))" == "Tensor [2, 1] float32: 1.5, -2.0")
    let many = Tensor(integers: [Int32](0..<100), [100])
    #expect("\(many)" == "Tensor [100] int32: 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, …")
  }

  @Test func aTensorIsWrittenInPlaceOnlyByItsOnlyHolder() {
    for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
      var x = Random(seed: 2).normals([4, 4], on: backend)
      let alone = x.isWritable()
      let other = x
      let shared = x.isWritable()
      x.makeWritable()
      let aloneAgain = x.isWritable()
      #expect((alone, shared, aloneAgain) == (true, false, true))
      #expect(x.doubles() == other.doubles())
      var view = Random(seed: 2).normals([4, 4], on: backend).transposed()
      let viewIsWritable = view.isWritable()
      #expect(!viewIsWritable)
      view.makeWritable()
      #expect(view.doubles() == other.transposed().doubles())
    }
  }
}
