import SeqaeFiles

/// Texts with a class each, out of two columns of a tab-separated file.
public struct LabelledTexts: Sendable, Equatable {
  /// The texts, UTF-8.
  public private(set) var texts: [[UInt8]] = []
  /// The class of each, as the file spells it.
  public private(set) var labels: [ByteString] = []

  private init() {}

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - source: the file and the column of its texts.
  ///   - label: the column of the classes, from 1.
  /// - Throws: `Failure(.missingInput)`; `Failure(.usage)` if no column is named; `Failure(.data)` for a line that
  ///   lacks one, and for a file without lines.
  public init(_ source: CorpusSource, label: Int) throws(Failure) {
    guard case .column(let text) = source.field, text != label else {
      throw Failure(
        .usage,
        "\(source): expected FILE:COLUMN, a column of texts in a tab-separated file, and another one of labels"
      )
    }
    var lines = try LineReader(path: source.path)
    while let bytes = try lines.next() {
      let place = "\(source.path): line \(lines.lineNumber)"
      let line = try source.utf8(bytes, at: place)
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard max(text, label) <= fields.count else {
        throw Failure(
          .data, "\(place): expected \(max(text, label)) columns or more, found \(fields.count)")
      }
      texts.append(Array(fields[text - 1]))
      labels.append(ByteString(Array(fields[label - 1])))
    }
    guard !texts.isEmpty else { throw Failure(.data, "\(source.path): has no lines") }
  }

  /// The number of texts.
  public var count: Int { texts.count }

  /// Returns the texts whose hash leaves `rest` when divided by `parts`, and the others: equal texts are on the
  /// same side, wherever they stand.
  func parted(by parts: UInt64, rest: UInt64 = 0) -> (chosen: LabelledTexts, others: LabelledTexts)
  {
    var (chosen, others) = (LabelledTexts(), LabelledTexts())
    for (text, label) in zip(texts, labels) {
      if Splits.hash(text) % parts == rest {
        chosen.append(text, label)
      } else {
        others.append(text, label)
      }
    }
    return (chosen, others)
  }

  private mutating func append(_ text: [UInt8], _ label: ByteString) {
    texts.append(text)
    labels.append(label)
  }
}
