import SeqaeFiles
import SeqaeRecipes
import TestSupport
import Testing

@Test func memoryIsThatOfABlockWhateverTheSizeOfTheCorpus() async {
  // In a process of its own, since a peak is one of the whole process.
  await #expect(processExitsWith: .success) {
    let folder = ScratchFolder()
    let path = folder("c.txt")
    let filler = String(repeating: "word after word, ", count: 18)
    let count = 60_000  // lines of 320 bytes: 19 MB
    try AtomicFile.write(path) { (file: inout FileWriter) throws(Failure) in
      for number in 0..<count { try file.write(utf8("Line \(number): \(filler)end.\n")) }
    }
    let splits = try Splits(path: try folder.putSplits(test: 1, development: 10))
    let before = try #require(peakMemory())
    let data = try DenoiserData(
      [CorpusSource(path: path)], splits, limit: 400, window: 1000, development: 100
    ) { _ in }
    var lines = ShuffledLines(data.streams[0], of: data, seed: 1, number: 0)
    for number in stride(from: 0, to: 2 * data.trainingCount, by: 250) {
      _ = try lines.line(number)
    }
    let after = try #require(peakMemory())
    let size = try Path.fileSize(path)
    // Blocks of 0.3 MB, and 8 bytes and the room to grow for each line that may come again.
    precondition(size > 18 << 20 && data.trainingCount > 50_000)
    precondition(after - before < 6 << 20, "\(after - before) bytes")
  }
}
