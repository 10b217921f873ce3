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
  private let makeExample: EditExamples
  private let configuration: DenoiserConfiguration
  private let splits: Splits
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
    _ makeExample: EditExamples, _ splits: Splits, _ masking: MaskNoise
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
    self.masking = masking
    epochLength = data.trainingCount
    fingerprint = data.fingerprint
  }

  /// How often each stream is drawn: languages by their shares, the corpora of a language by a power of
  /// their sizes.
  package static func weights(
    _ streams: [DenoiserData.Stream], _ configuration: DenoiserConfiguration
  ) -> [Double] {
    let sizes = streams.map { stream in
      stream.trainingCount == 0
        ? 0 : pow(Double(stream.trainingCount), configuration.corpusExponent)
    }
    func sum(_ language: Language) -> Double {
      zip(streams, sizes).reduce(0) { $0 + ($1.0.language == language ? $1.1 : 0) }
    }
    let (chinese, english) = (sum(.chinese), sum(.english))
    let share = chinese == 0 ? 1 : english == 0 ? 0 : configuration.englishShare
    return zip(streams, sizes).map { stream, size in
      guard size > 0 else { return 0 }
      return stream.language == .english ? share * size / english : (1 - share) * size / chinese
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
    let noise = DenoiserNoise(configuration.noise(atLine: range.lowerBound))
    var examples: [DenoisingAutoencoder.Example] = []
    examples.reserveCapacity(range.count)
    try lines.withLock { lists throws(Failure) in
      for (list, numbers) in mixture.lines(range).enumerated() {
        for number in numbers {
          guard isWanted(), let line = try lists[list].line(number, while: isWanted) else { return }
          let own = random.child(UInt64(list), UInt64(line.pass), UInt64(line.number))
          if let example = example(line.text, noise, own) { examples.append(example) }
        }
      }
    }
    return examples
  }

  private func example(
    _ line: [UInt8], _ noise: DenoiserNoise, _ random: Random
  ) -> DenoisingAutoencoder.Example? {
    func corrupted(_ text: [UInt8]) -> [UInt8] {
      Array(noise.corrupt(String(decoding: text, as: UTF8.self), using: random).utf8)
    }
    var clean = line
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
      noisy = corrupted(line.before) + line.inset + corrupted(line.after)
    } else {
      noisy = corrupted(clean)
    }
    let isMasked = random.chance(configuration.maskShare)
    return makeExample(
      noisy: noisy, clean: clean, masking: isMasked ? masking : nil, using: random)
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
