import SeqaeFiles
import SeqaeLatentSpace
import SeqaeRetrieval
import SeqaeTensors

/// Pairs of sentences with how alike people find them, as of the STS benchmark (Cer et al. 2017, *SemEval-2017 Task 1:
/// Semantic Textual Similarity*).
public struct ScoredPairs: Sendable {
  /// One sentence of each pair, UTF-8.
  public private(set) var first: [[UInt8]] = []
  /// The other.
  public private(set) var second: [[UInt8]] = []
  /// How alike people find them, the higher the more.
  public private(set) var scores: [Double] = []

  /// How far scores and cosines go together.
  public struct Figures: Sendable, Equatable {
    /// The number of pairs.
    public let pairs: Int
    /// Spearman's ρ; 0 where all scores or all cosines are alike.
    public let spearman: Double
    /// Pearson's r; likewise.
    public let pearson: Double
  }

  /// Reads a file of tab-separated lines: two sentences and their score, or the benchmark's own seven columns or more, of
  /// which the fifth is the score and the next two are the sentences. It may be gzip.
  ///
  /// - Parameter path: the file.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is neither, and for fewer than two.
  public init(_ path: String) throws(Failure) {
    var lines = try LineReader(path: path)
    while let line = try lines.next() {
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      let isBenchmark = fields.count >= 7
      guard isBenchmark || fields.count == 3,
        let score = Double(String(decoding: fields[isBenchmark ? 4 : 2], as: UTF8.self)),
        score.isFinite
      else {
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): expected two sentences and a score, a tab between, or the seven "
            + "columns of the STS benchmark, found \(counted(fields.count, "column"))")
      }
      let place = isBenchmark ? 5 : 0
      for text in fields[place...(place + 1)]
      where UTF8Validation.firstInvalid(in: Array(text)) != nil {
        throw Failure(
          .data, "\(path): line \(lines.lineNumber): is not UTF-8: convert it with iconv")
      }
      first.append(Array(fields[place]))
      second.append(Array(fields[place + 1]))
      scores.append(score)
    }
    guard scores.count > 1 else {
      throw Failure(.data, "\(path): expected two pairs or more, found \(scores.count)")
    }
  }

  /// Returns how far an embedder's cosines go together with the scores.
  ///
  /// - Parameter embedder: makes a vector of each sentence.
  /// - Returns: the figures.
  /// - Throws: `Failure(.data)` if a vector isn't finite.
  public func figures(_ embedder: some TextEmbedder) throws(Failure) -> Figures {
    figures(Self.cosines(try embedder.embed(first), try embedder.embed(second)))
  }

  /// Returns how far values go together with the scores.
  func figures(_ values: [Double]) -> Figures {
    Figures(
      pairs: scores.count, spearman: Correlation.spearman(values, scores) ?? 0,
      pearson: Correlation.pearson(values, scores) ?? 0)
  }

  /// Returns the cosine of each vector and its other one; 0 with one of length 0.
  static func cosines(_ left: [[Float]], _ right: [[Float]]) -> [Double] {
    Threads.map(left.count) { row in
      var (ab, aa, bb) = (0.0, 0.0, 0.0)
      for (a, b) in zip(left[row], right[row]) {
        let (a, b) = (Double(a), Double(b))
        ab += a * b
        aa += a * a
        bb += b * b
      }
      return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
    }
  }
}
