/// A text and, for each of its bytes, the bytes of the original that it came from.
///
/// A normaliser rewrites the bytes and keeps the alignment, so that a token found in the rewritten
/// text is reported by its place in what the user gave:
///
/// ```swift
/// let text = UnicodeNormalizer(.nfkc).normalize(AlignedText(Array("ﬁn".utf8)))
/// text.bytes               // "fin"
/// text.source(of: 1..<2)   // 0..<3, the whole ligature
/// ```
public struct AlignedText: Sendable {
  /// The text as it stands now.
  public let bytes: [UInt8]

  // nil while nothing was rewritten: byte i is byte i of the original.
  private let runs: [Run]?

  /// A stretch of `bytes` from `start` to the next run's start.
  private struct Run {
    var start: Int
    var source: Range<Int>
    var isCopy: Bool  // byte start + k is byte source.lowerBound + k; else all stand for all

    /// Where a byte of the run came from.
    func source(ofByte index: Int) -> Range<Int> {
      guard isCopy else { return source }
      let place = source.lowerBound + index - start
      return place..<place + 1
    }
  }

  /// Creates a text that is its own original.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    runs = nil
  }

  private init(_ bytes: [UInt8], runs: [Run]) {
    self.bytes = bytes
    self.runs = runs
  }

  /// Whether the text is the original, unchanged.
  public var isOriginal: Bool { runs == nil }

  /// Returns the bytes of the original that `range` of `bytes` came from; O(log of the rewritings).
  ///
  /// The place of an empty range is the start of what follows it.
  public func source(of range: Range<Int>) -> Range<Int> {
    precondition(
      0 <= range.lowerBound && range.upperBound <= bytes.count,
      "AlignedText.source: \(range) is outside 0..<\(bytes.count)")
    guard let runs else { return range }
    guard let last = runs.last else { return 0..<0 }
    if range.isEmpty {
      let place =
        range.lowerBound == bytes.count
        ? last.source.upperBound : source(ofByte: range.lowerBound, runs).lowerBound
      return place..<place
    }
    let first = source(ofByte: range.lowerBound, runs)
    return first.lowerBound..<source(ofByte: range.upperBound - 1, runs).upperBound
  }

  /// Replaces ranges of `bytes`, from place `first`, by those of the original; linear where they come in
  /// order.
  func toSources(_ ranges: inout [Range<Int>], from first: Int) {
    guard let runs else { return }
    var run = 0
    for index in first..<ranges.count {
      let range = ranges[index]
      guard !range.isEmpty, !runs.isEmpty, runs[run].start <= range.lowerBound else {
        ranges[index] = source(of: range)
        continue
      }
      while run + 1 < runs.count, runs[run + 1].start <= range.lowerBound { run += 1 }
      var last = run
      while last + 1 < runs.count, runs[last + 1].start < range.upperBound { last += 1 }
      let first = runs[run].source(ofByte: range.lowerBound)
      ranges[index] =
        first.lowerBound..<runs[last].source(ofByte: range.upperBound - 1).upperBound
    }
  }

  private func source(ofByte index: Int, _ runs: [Run]) -> Range<Int> {
    runs[AlignedText.run(containing: index, runs)].source(ofByte: index)
  }

  /// Returns the last run that starts at or before `index`.
  private static func run(containing index: Int, _ runs: [Run]) -> Int {
    var low = 0
    var high = runs.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if runs[middle].start <= index { low = middle } else { high = middle }
    }
    return low
  }
}

extension AlignedText {
  /// Builds the next version of a text from left to right, out of copied and replaced stretches.
  package struct Rewriter {
    private let text: AlignedText
    private var bytes: [UInt8] = []
    private var runs: [Run] = []

    /// Starts to rewrite `text`; what is neither copied nor replaced is left out.
    package init(_ text: AlignedText) {
      self.text = text
      bytes.reserveCapacity(text.bytes.count)
    }

    /// Keeps the bytes in `range` of the old text.
    package mutating func copy(_ range: Range<Int>) {
      guard !range.isEmpty else { return }
      guard let oldRuns = text.runs else {
        append(range, source: range, isCopy: true)
        return
      }
      var start = range.lowerBound
      var index = AlignedText.run(containing: start, oldRuns)
      while start < range.upperBound {
        let old = oldRuns[index]
        let oldEnd = index + 1 < oldRuns.count ? oldRuns[index + 1].start : text.bytes.count
        let end = min(oldEnd, range.upperBound)
        let shift = old.source.lowerBound - old.start
        let source = old.isCopy ? start + shift..<end + shift : old.source
        append(start..<end, source: source, isCopy: old.isCopy)
        start = end
        index += 1
      }
    }

    /// Puts `replacement` in the place of the bytes in `range` of the old text.
    package mutating func replace(_ range: Range<Int>, with replacement: [UInt8]) {
      guard !replacement.isEmpty else { return }
      runs.append(Run(start: bytes.count, source: text.source(of: range), isCopy: false))
      bytes.append(contentsOf: replacement)
    }

    /// Returns the text as rewritten.
    package consuming func finish() -> AlignedText {
      AlignedText(bytes, runs: runs)
    }

    private mutating func append(_ range: Range<Int>, source: Range<Int>, isCopy: Bool) {
      if isCopy, let last = runs.indices.last, runs[last].isCopy,
        runs[last].source.upperBound == source.lowerBound
      {
        runs[last].source = runs[last].source.lowerBound..<source.upperBound
      } else {
        runs.append(Run(start: bytes.count, source: source, isCopy: isCopy))
      }
      bytes.append(contentsOf: text.bytes[range])
    }
  }
}
