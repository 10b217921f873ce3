import Glibc
import SeqaeFiles
import SeqaeRandom
import SeqaeTraining
import Synchronization

/// The training lines of some corpora, drawn in fixed proportions, and the examples made of them.
///
/// What becomes of a draw is a function of the seed, the corpus, how many times it has been gone through, and
/// the line. Whichever thread draws, one at a time.
package final class DrawnLines: Sendable {
  private let lines: Mutex<[ShuffledLines]>
  private let mixture: Mixture
  private let settings: TrainingSettings
  private let epochLength: Int
  private let fingerprint: String

  /// Creates the draws from the training lines of `data`.
  ///
  /// - Parameters:
  ///   - data: the corpora.
  ///   - settings: shares and seed.
  /// - Throws: `Failure(.data)` if no language that has lines is drawn.
  package init(_ data: DenoiserData, _ settings: TrainingSettings) throws(Failure) {
    let weights = DrawnLines.weights(data.streams, settings)
    // A language without a share gives no examples.
    let used = zip(data.streams, weights).filter { $0.1 > 0 }
    guard !used.isEmpty else {
      throw Failure(
        .data,
        "english_share=\(settings.englishShare.map { "\($0)" } ?? "auto") leaves none of the data: change it"
      )
    }
    lines = Mutex(
      used.enumerated().map { number, stream in
        ShuffledLines(stream.0, of: data, seed: UInt64(settings.seed), number: number)
      })
    mixture = Mixture(weights: used.map(\.1))
    self.settings = settings
    epochLength = data.trainingCount
    fingerprint = data.fingerprint
  }

  /// How often each stream is drawn: pairs and the languages of the other lines by their shares, the corpora of
  /// either by a power of their sizes. Without a share of English a corpus is drawn as it is, whatever its languages: a few
  /// lines in another one are no language of the data.
  package static func weights(
    _ streams: [DenoiserData.Stream], _ settings: TrainingSettings
  ) -> [Double] {
    func power(_ count: Int) -> Double {
      count == 0 ? 0 : pow(Double(count), settings.corpusExponent)
    }
    let sizes = streams.map { stream -> Double in
      guard settings.englishShare == nil else { return power(stream.trainingCount) }
      let whole = streams.reduce(0) {
        $0 + ($1.source == stream.source ? $1.trainingCount : 0)
      }
      return whole == 0 ? 0 : power(whole) * Double(stream.trainingCount) / Double(whole)
    }
    func sum(_ isCounted: (DenoiserData.Stream) -> Bool) -> Double {
      zip(streams, sizes).reduce(0) { $0 + (isCounted($1.0) ? $1.1 : 0) }
    }
    let pairs = sum { $0.isPairs }
    let chinese = sum { !$0.isPairs && $0.language == .chinese }
    let english = sum { !$0.isPairs && $0.language == .english }
    let ofEnglish =
      chinese == 0
      ? 1 : english == 0 ? 0 : settings.englishShare ?? english / (chinese + english)
    let ofPairs = pairs == 0 ? 0 : chinese + english == 0 ? 1 : settings.pairShare
    return zip(streams, sizes).map { stream, size in
      guard size > 0 else { return 0 }
      if stream.isPairs { return ofPairs * size / pairs }
      return (1 - ofPairs)
        * (stream.language == .english
          ? ofEnglish * size / english : (1 - ofEnglish) * size / chinese)
    }
  }

  /// Returns the usable examples among the draws of a range of numbers.
  ///
  /// - Parameters:
  ///   - range: the draws.
  ///   - isWanted: once it is false, fewer examples are returned, and soon.
  ///   - make: makes the example of a line with a generator of its own; nil if it is of no use.
  /// - Returns: the examples, corpus by corpus.
  /// - Throws: a `Failure` if a corpus can't be read again.
  package func examples<Example>(
    _ range: Range<Int>, while isWanted: @Sendable () -> Bool,
    _ make: (_ line: ShuffledLines.Line, _ random: Random) -> Example?
  ) throws(Failure) -> [Example] {
    let random = Random(seed: UInt64(settings.seed)).child("noise")
    var examples: [Example] = []
    examples.reserveCapacity(range.count)
    try lines.withLock { lists throws(Failure) in
      for (list, numbers) in mixture.lines(range).enumerated() {
        for number in numbers {
          guard isWanted(), let line = try lists[list].line(number, while: isWanted) else { return }
          let own = random.child(UInt64(list), UInt64(line.pass), UInt64(line.number))
          if let example = make(line, own) { examples.append(example) }
        }
      }
    }
    return examples
  }

  /// Returns batches of examples of the lines.
  ///
  /// - Parameters:
  ///   - made: what else than the lines decides what the examples are, for messages when a run is resumed
  ///     without it.
  ///   - examples: makes the examples of a range of draws; called on a thread that uses no pool.
  ///   - length: the number of tokens of an example.
  ///   - batch: makes a batch, on the training thread.
  /// - Returns: the source of batches.
  func batches<Example: Sendable, Batch: Sendable>(
    _ made: String = "", examples: @escaping BucketedBatches<Example, Batch>.Examples,
    length: @escaping @Sendable (Example) -> Int,
    batch: @escaping ([Example]) -> TrainingBatch<Batch>
  ) -> BucketedBatches<Example, Batch> {
    var batching = BucketedBatches<Example, Batch>.Configuration()
    batching.tokens = settings.batchTokens
    batching.window = settings.window
    batching.seed = UInt64(settings.seed)
    return BucketedBatches(
      batching, fingerprint: fingerprint + made, epochLength: epochLength, examples: examples,
      length: length, batch: batch)
  }
}
