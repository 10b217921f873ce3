import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining
import Synchronization

/// The training examples of a denoiser: lines drawn in fixed proportions, each with noise of its own.
///
/// The example of a draw is a function of the seed, the corpus, how many times it has been gone through,
/// and the line. Whichever thread makes them, one at a time.
package final class DenoiserExamples: Sendable {
  private let lines: Mutex<[ShuffledLines]>
  private let mixture: Mixture
  private let makeExample: DenoisingExamples
  private let configuration: DenoiserConfiguration
  private let splits: Splits
  private let noise: any TextNoise
  private let masking: MaskNoise
  private let epochLength: Int
  private let fingerprint: String

  /// Creates the examples of the training lines of `data`.
  ///
  /// - Parameters:
  ///   - data: the corpora.
  ///   - configuration: shares, noise and seed.
  ///   - makeExample: makes the tokens and labels.
  ///   - splits: what is held out.
  ///   - masking: hides tokens.
  /// - Throws: `Failure(.data)` if no language that has lines is drawn.
  package init(
    _ data: DenoiserData, _ configuration: DenoiserConfiguration,
    _ makeExample: DenoisingExamples, _ splits: Splits, _ masking: MaskNoise
  ) throws(Failure) {
    let weights = DenoiserExamples.weights(data.streams, configuration)
    // A language without a share gives no examples.
    let used = zip(data.streams, weights).filter { $0.1 > 0 }
    guard !used.isEmpty else {
      throw Failure(
        .data, "english_share=\(configuration.englishShare) leaves none of the data: change it")
    }
    lines = Mutex(
      used.enumerated().map { number, stream in
        ShuffledLines(
          stream.0, of: data, seed: UInt64(configuration.seed), number: number)
      })
    mixture = Mixture(weights: used.map(\.1))
    self.makeExample = makeExample
    self.configuration = configuration
    self.splits = splits
    noise = configuration.noise(mistakes: data.mistakes)
    self.masking = masking
    epochLength = data.trainingCount
    fingerprint = data.fingerprint
  }

  /// How often each stream is drawn: pairs and the languages of the other lines by their shares, the corpora of
  /// either by a power of their sizes.
  package static func weights(
    _ streams: [DenoiserData.Stream], _ configuration: DenoiserConfiguration
  ) -> [Double] {
    let sizes = streams.map { stream in
      stream.trainingCount == 0
        ? 0 : pow(Double(stream.trainingCount), configuration.corpusExponent)
    }
    func sum(_ isCounted: (DenoiserData.Stream) -> Bool) -> Double {
      zip(streams, sizes).reduce(0) { $0 + (isCounted($1.0) ? $1.1 : 0) }
    }
    let pairs = sum { $0.isPairs }
    let chinese = sum { !$0.isPairs && $0.language == .chinese }
    let english = sum { !$0.isPairs && $0.language == .english }
    let ofEnglish = chinese == 0 ? 1 : english == 0 ? 0 : configuration.englishShare
    let ofPairs = pairs == 0 ? 0 : chinese + english == 0 ? 1 : configuration.pairShare
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
  /// - Returns: the examples, corpus by corpus.
  /// - Throws: a `Failure` if a corpus can't be read again.
  package func callAsFunction(
    _ range: Range<Int>, while isWanted: @Sendable () -> Bool = { true }
  ) throws(Failure) -> [DenoisingAutoencoder.Example] {
    let random = Random(seed: UInt64(configuration.seed)).child("noise")
    var examples: [DenoisingAutoencoder.Example] = []
    examples.reserveCapacity(range.count)
    try lines.withLock { lists throws(Failure) in
      for (list, numbers) in mixture.lines(range).enumerated() {
        for number in numbers {
          guard isWanted(), let line = try lists[list].line(number, while: isWanted) else { return }
          let own = random.child(UInt64(list), UInt64(line.pass), UInt64(line.number))
          if let example = example(line, own) { examples.append(example) }
        }
      }
    }
    return examples
  }

  private func example(
    _ line: ShuffledLines.Line, _ random: Random
  ) -> DenoisingAutoencoder.Example? {
    if let noisy = line.noisy { return example(noisy: noisy, clean: line.text, random) }
    var clean = line.text
    if random.chance(configuration.fragmentShare),
      let part = Fragment.draw(of: clean, using: random),
      splits.part(of: part) == .training
    {
      clean = part
    }
    var noisy: [UInt8]
    if random.chance(configuration.insetShare) {
      let line = Inset.put(into: clean, using: random)
      clean = line.before + line.inset + line.after
      noisy = corrupted(line.before, random) + line.inset + corrupted(line.after, random)
    } else {
      noisy = corrupted(clean, random)
    }
    return example(noisy: noisy, clean: clean, random)
  }

  private func example(
    noisy: [UInt8], clean: [UInt8], _ random: Random
  ) -> DenoisingAutoencoder.Example? {
    let isMasked = random.chance(configuration.maskShare)
    return makeExample(
      noisy: noisy, clean: clean, masking: isMasked ? masking : nil, using: random)
  }

  private func corrupted(_ text: [UInt8], _ random: Random) -> [UInt8] {
    Array(noise.corrupt(String(decoding: text, as: UTF8.self), using: random).utf8)
  }

  /// Returns the batches of the examples, for `model`.
  func batches(for model: DenoisingAutoencoder) -> BucketedBatches<
    DenoisingAutoencoder.Example, DenoisingAutoencoder.Batch
  > {
    var batching = BucketedBatches<DenoisingAutoencoder.Example, DenoisingAutoencoder.Batch>
      .Configuration()
    batching.tokens = configuration.batchTokens
    batching.window = configuration.window
    batching.seed = UInt64(configuration.seed)
    let smoothing = Float(configuration.labelSmoothing)
    return BucketedBatches(
      batching, fingerprint: fingerprint, epochLength: epochLength,
      examples: { (range, isWanted) throws(Failure) in try self(range, while: isWanted) },
      length: { $0.source.count },
      batch: { examples in
        let batch = model.batch(examples, smoothing: smoothing)
        return TrainingBatch(batch, tokens: batch.steps)
      })
  }
}
