import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// Texts of known classes, in the parts that the splits give them: what all classifiers learn from and are asked about.
///
/// A corpus is FILE:CLASS,TEXT. Lines are taken as they are, clean or not, whatever their length; withheld ones are left
/// out, and of those for training a text that came before.
public struct ClassifiedTexts: Sendable {
  /// Some texts with the numbers of their classes.
  public struct Part: Sendable, Equatable {
    /// UTF-8.
    public private(set) var texts: [[UInt8]] = []
    /// The number of the class of each.
    public private(set) var labels: [Int] = []

    /// The number of texts.
    public var count: Int { texts.count }

    mutating func append(_ text: [UInt8], _ label: Int) {
      texts.append(text)
      labels.append(label)
    }

    /// How many texts each of so many classes has.
    func counts(_ classes: Int) -> [Int] {
      labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[$1] += 1 }
    }

    /// Returns a share of the texts, in their order: of each class as much, rounded, but one text at least.
    ///
    /// Which ones they are depends on the texts and the seed: a smaller share is a part of a larger one.
    ///
    /// - Parameters:
    ///   - share: in 0 … 1.
    ///   - seed: what the draw depends on.
    /// - Returns: the chosen texts.
    public func drawn(_ share: Double, seed: Int) -> Part {
      let random = Random(seed: UInt64(seed)).child("labels")
      let ranks = texts.map { random.child(Splits.hash($0)).next() }
      var rows: [Int] = []
      for own in Dictionary(grouping: texts.indices, by: { labels[$0] }).values {
        let count = max(1, Int((share * Double(own.count)).rounded()))
        rows += own.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.prefix(count)
      }
      var part = Part()
      for row in rows.sorted() { part.append(texts[row], labels[row]) }
      return part
    }
  }

  /// What is learnt from.
  public private(set) var training = Part()
  /// What settings are chosen by.
  public private(set) var development = Part()
  /// What is asked about.
  public private(set) var test = Part()
  /// The names of the classes, sorted.
  public let classes: [ByteString]

  /// Reads corpora.
  ///
  /// - Parameters:
  ///   - sources: the corpora, each FILE:CLASS,TEXT.
  ///   - splits: what is for what.
  ///   - classes: the classes that are known, nil for those of the texts for training.
  ///   - report: receives a line for each line that is left out as damaged.
  /// - Throws: `Failure(.usage)` for a corpus without classes; `Failure(.data)` for fewer than two classes, and for a
  ///   held-out text of an unknown one; failures of reading.
  public init(
    _ sources: [CorpusSource], _ splits: Splits, classes: [ByteString]? = nil,
    report: @escaping (String) -> Void
  ) throws(Failure) {
    var records: [(part: Splits.Part, text: [UInt8], name: ByteString, source: CorpusSource)] = []
    var seen: Set<[UInt8]> = []
    for source in sources {
      guard source.isPairs else {
        throw Failure(
          .usage,
          "\(source): expected FILE:CLASS,TEXT, the columns of the classes and of the texts")
      }
      var reader = try CorpusReader(source, report: report)
      while let record = try reader.nextRecord() {
        guard let name = record.noisy else { continue }
        let part = splits.part(of: record.text)
        if part == .training, !seen.insert(record.text).inserted { continue }
        records.append((part, record.text, ByteString(name), source))
      }
    }
    let names = classes ?? Set(records.lazy.filter { $0.part == .training }.map(\.name)).sorted()
    self.classes = names
    guard names.count > 1 else {
      let corpora = sources.map(\.description).joined(separator: ", ")
      throw Failure(
        .data, "\(corpora): \(names.count) classes for training: a classifier needs two or more")
    }
    let numbers = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
    for record in records where record.part != .withheld {
      guard let label = numbers[record.name] else {
        if record.part == .training { continue }
        throw Failure(
          .data,
          "\(record.source): no text that was learnt from is of the class \(record.name.quoted): there are "
            + names.map(\.string).joined(separator: ", "))
      }
      switch record.part {
      case .training: training.append(record.text, label)
      case .development: development.append(record.text, label)
      case .test: test.append(record.text, label)
      case .withheld: break
      }
    }
  }

  /// Checks that there is something to be asked about.
  ///
  /// - Throws: `Failure(.data)`.
  public func requireTest() throws(Failure) {
    guard test.count == 0 else { return }
    throw Failure(
      .data, "no text of the data is for the test, by the splits: give more data, or other --splits"
    )
  }
}
