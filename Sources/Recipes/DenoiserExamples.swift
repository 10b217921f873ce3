import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// The training examples of a denoiser: lines drawn in fixed proportions, each with noise of its own.
///
/// The example of a draw is a function of the seed, the corpus, how many times it has been gone through,
/// and the line.
package struct DenoiserExamples {
  private let streams: [DenoiserData.Stream]
  private let mixture: Mixture
  private let model: DenoisingAutoencoder
  private let configuration: DenoiserConfiguration
  private let splits: Splits
  private let noise: DenoiserNoise
  private let masking: MaskNoise
  private let random: Random

  /// Creates the examples of the training lines of `data`.
  package init(
    _ data: DenoiserData, _ configuration: DenoiserConfiguration, _ model: DenoisingAutoencoder,
    _ splits: Splits, _ masking: MaskNoise
  ) throws(Failure) {
    let random = Random(seed: UInt64(configuration.seed))
    let weights = DenoiserExamples.weights(data.streams, configuration)
    // A language without a share gives no examples.
    let used = zip(data.streams, weights).filter { $0.1 > 0 }
    guard !used.isEmpty else {
      throw Failure(
        .data, "english_share=\(configuration.englishShare) leaves none of the data: change it")
    }
    streams = used.map(\.0)
    mixture = Mixture(
      counts: streams.map(\.training.count), weights: used.map(\.1), random: random.child("order"))
    self.model = model
    self.configuration = configuration
    self.splits = splits
    noise = DenoiserNoise(configuration.noise)
    self.masking = masking
    self.random = random.child("noise")
  }

  /// How often each stream is drawn: languages by their shares, the corpora of a language by a power of
  /// their sizes.
  package static func weights(
    _ streams: [DenoiserData.Stream], _ configuration: DenoiserConfiguration
  ) -> [Double] {
    let sizes = streams.map { stream in
      stream.training.isEmpty
        ? 0 : pow(Double(stream.training.count), configuration.corpusExponent)
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
  package func callAsFunction(_ range: Range<Int>) -> [DenoisingAutoencoder.Example] {
    mixture.draws(range).compactMap(example)
  }

  private func example(_ draw: Mixture.Draw) -> DenoisingAutoencoder.Example? {
    let random = self.random.child(UInt64(draw.list), UInt64(draw.pass), UInt64(draw.line))
    var clean = streams[draw.list].training[draw.line]
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
    let isMasked = random.chance(configuration.maskShare)
    return model.example(
      noisy: noisy, clean: clean, masking: isMasked ? masking : nil, using: random)
  }

  private func corrupted(_ text: [UInt8], _ random: Random) -> [UInt8] {
    Array(noise.corrupt(String(decoding: text, as: UTF8.self), using: random).utf8)
  }

  /// Returns the batches of the examples.
  func batches(_ data: DenoiserData) -> BucketedBatches<
    DenoisingAutoencoder.Example, DenoisingAutoencoder.Batch
  > {
    var batching = BucketedBatches<DenoisingAutoencoder.Example, DenoisingAutoencoder.Batch>
      .Configuration()
    batching.tokens = configuration.batchTokens
    batching.window = configuration.window
    batching.seed = UInt64(configuration.seed)
    let (model, smoothing) = (self.model, Float(configuration.labelSmoothing))
    return BucketedBatches(
      batching, fingerprint: "\(data.trainingCount) lines, \(String(data.fingerprint, radix: 16))",
      epochLength: data.trainingCount, examples: { self($0) }, length: \.source.count,
      batch: { examples in
        let batch = model.batch(examples, smoothing: smoothing)
        return TrainingBatch(batch, tokens: batch.steps)
      })
  }
}
