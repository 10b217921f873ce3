import SeqaeFiles
import SeqaeRandom

/// The training lines of one corpus in one language, again and again, shuffled by blocks.
///
/// A pass gives the lines in the order of the file, cut into blocks of `window` lines, each block in a
/// random order that depends on the seed, the stream's number, the pass and the block. One block is in
/// memory at a time; where it is the only one the file is not read again. Line k of all passes is a
/// function of k, and going back or far ahead reads the file from its beginning.
package struct ShuffledLines {
  /// A line that is drawn.
  package struct Line: Equatable {
    /// How many times the lines have been gone through before.
    package let pass: Int
    /// Its number in the file, counting the lines for training in this language.
    package let number: Int
    /// UTF-8.
    package let text: [UInt8]
    /// What became of it, where the corpus is one of pairs.
    package let noisy: [UInt8]?
    /// The corpus.
    package let source: CorpusSource

    fileprivate init(pass: Int, number: Int, stored: [UInt8], of source: CorpusSource) {
      self.pass = pass
      self.number = number
      self.source = source
      if source.isPairs, let tab = stored.firstIndex(of: UInt8(ascii: "\t")) {
        noisy = Array(stored[..<tab])
        text = Array(stored[(tab + 1)...])
      } else {
        noisy = nil
        text = stored
      }
    }
  }

  private let source: CorpusSource
  private let language: Language
  private let rule: AcceptedLines.Rule
  private let count: Int
  private let window: Int
  private let hashes: [UInt64]
  private let seed: UInt64
  private let stream: Int

  private var block: LineStore
  private var blockNumber: Int?
  private var order: [Int32] = []
  private var ordered: (pass: Int, block: Int)?  // what `order` is of
  private var reading: Reading?  // of the lines after the block

  /// A reader and what it has read.
  private struct Reading {
    var lines: AcceptedLines
    var count = 0
    var hash = DenoiserData.emptyHash
  }

  /// Creates the lines of a stream of `data`.
  ///
  /// - Parameters:
  ///   - stream: has lines for training.
  ///   - data: what it belongs to.
  ///   - seed: what the orders depend on.
  ///   - number: what else they depend on, so that streams of equal length differ.
  package init(_ stream: DenoiserData.Stream, of data: DenoiserData, seed: UInt64, number: Int) {
    precondition(
      stream.trainingCount > 0 && data.window <= Int32.max,
      "ShuffledLines: \(stream.trainingCount) lines in blocks of \(data.window)")
    source = stream.source
    language = stream.language
    rule = data.rule
    count = stream.trainingCount
    window = data.window
    hashes = stream.blockHashes
    self.seed = seed
    self.stream = number
    block = stream.firstBlock
    blockNumber = 0
  }

  /// Returns a line by its number among those of all passes.
  ///
  /// - Parameters:
  ///   - number: 0 or more.
  ///   - isWanted: asked while the file is read; nil is returned soon after it is false.
  /// - Returns: the line.
  /// - Throws: a `Failure` that names the file if it can't be read or is no longer what it was.
  package mutating func line(
    _ number: Int, while isWanted: @Sendable () -> Bool = { true }
  ) throws(Failure) -> Line? {
    let (pass, place) = number.quotientAndRemainder(dividingBy: count)
    let (block, index) = place.quotientAndRemainder(dividingBy: window)
    if blockNumber != block {
      guard try read(block, isWanted) else { return nil }
    }
    if ordered?.pass != pass || ordered?.block != block { shuffle(pass, block) }
    let line = Int(order[index])
    return Line(
      pass: pass, number: block * window + line, stored: self.block[line], of: source)
  }

  /// Draws the order of the block in memory for a pass.
  private mutating func shuffle(_ pass: Int, _ block: Int) {
    order = Array(0..<Int32(self.block.count))
    Random(seed: seed).child("order").child(UInt64(stream), UInt64(pass), UInt64(block))
      .shuffle(&order)
    ordered = (pass, block)
  }

  /// Reads a block; false if it isn't wanted any more.
  private mutating func read(_ number: Int, _ isWanted: @Sendable () -> Bool) throws(Failure)
    -> Bool
  {
    let first = number * window
    let end = min(first + window, count)
    // What fails or is given up leaves nothing half read.
    var reading: Reading
    if let open = self.reading, open.count <= first {
      reading = open
    } else {
      // What is damaged was reported in the first reading.
      reading = Reading(
        lines: try AcceptedLines(source, rule, language: language, report: { _ in }))
    }
    self.reading = nil
    blockNumber = nil
    block.removeAll()
    while reading.count < end {
      guard let line = try reading.lines.next(while: isWanted) else {
        guard isWanted() else { return false }
        throw changed("it has \(reading.count) lines for training in \(language.rawValue)")
      }
      guard line.part == .training else { continue }
      if reading.count >= first { block.append(line.stored) }
      reading.count += 1
      reading.hash = DenoiserData.hash(reading.hash, line)
    }
    guard reading.hash == hashes[number] else {
      throw changed("some of its first \(end) lines for training in \(language.rawValue) differ")
    }
    if end < count {
      self.reading = reading
    } else {
      var isMore = false
      while !isMore, let line = try reading.lines.next(while: isWanted) {
        isMore = line.part == .training
      }
      guard isWanted() else { return false }
      if isMore { throw changed("it has more lines for training in \(language.rawValue)") }
    }
    blockNumber = number
    return true
  }

  private func changed(_ what: String) -> Failure {
    Failure(
      .data,
      "\(source): it changed while the run went on: \(what), not \(count) as when the run read it "
        + "first: put the old file back and resume the run, or start a new one")
  }
}
