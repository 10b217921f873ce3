import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a denoiser comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own, chosen on development lines.
public struct DenoiserConfiguration: TextConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()

  /// What is done to clean lines.
  public enum NoiseFamily: String, CaseIterable, Sendable {
    /// Insertions, and wrong, missing and exchanged letters.
    case standard
    /// Wrong Chinese characters and nothing else.
    case spelling
  }

  private static let standardNoise = DenoiserNoise.Configuration()
  private static let standardInsertions = MixedTextNoise.Configuration()

  /// Sizes and dropout.
  public var transformer = TransformerSettings(positions: 256)
  /// The number of encoder layers.
  public var encoderLayers = 4
  /// The number of decoder layers.
  public var decoderLayers = 1
  /// The most memory of the counts of clean text that the model reads beside its text, in MiB; 0 for
  /// a model that sees the text alone.
  public var evidenceMegabytes = 14
  /// The highest share of a training line's gaps whose windows are taken for new, as those of names are.
  public var newShare = 0.1
  /// Noise on what the decoder gets.
  public var latentNoise = LatentNoiseSettings()
  /// What is done to clean lines.
  public var noiseFamily = NoiseFamily.standard
  /// The share of wrong characters that are drawn as the pairs have them; of the noise `spelling`.
  public var mistakeShare = SpellingNoise.Configuration().mistakeShare
  /// The share of lines without noise.
  public var cleanShare = Self.standardNoise.cleanShare
  /// The share of noisy lines with insertions and nothing else.
  public var insertionShare = Self.standardNoise.insertionShare
  /// The share of noisy lines with wrong, missing and exchanged letters and nothing else; the rest has both.
  public var letterShare = Self.standardNoise.letterShare
  /// The highest share of a line's letters that one noise spoils.
  public var highestLetterRate = Self.standardNoise.highestLetterRate
  /// The share of lines into which an address, a number, a name and the like are put, which stay clean.
  public var insetShare = 0.1
  /// The share of lines with insertions that get separators and nothing else.
  public var separatorShare = Self.standardInsertions.separatorShare
  /// The share of lines with insertions that get separators and others.
  public var bothShare = Self.standardInsertions.bothShare
  /// The share of lines with insertions that are all of one kind.
  public var oneKindShare = Self.standardInsertions.oneKindShare
  /// The lowest share of gaps that get an insertion.
  public var lowestRate = Self.standardInsertions.rates.lowerBound
  /// The highest share of gaps that get an insertion.
  public var highestRate = Self.standardInsertions.rates.upperBound
  /// The probability of an insertion beside a space or mark, as a share of the rate.
  public var besideSpaces = Self.standardInsertions.besideSpaces
  /// The lines after which rates of noise are what they are set to; before, the highest rise to it from a
  /// fifth. Bengio et al. 2009, *Curriculum Learning*: the easy examples first. 0 for all alike.
  public var curriculumLines = 0
  /// The share of lines with masked tokens.
  public var maskShare = 0.25
  /// The share of tokens masked there; BERT, Devlin et al. 2019, §3.1.
  public var maskRate = MaskNoise.defaultRate
  /// The share of lines in which a generator of ELECTRA replaces tokens, and that get no other noise; Clark et
  /// al. 2020, §2.
  public var replacementShare = 0.0
  /// The share of tokens that it may replace there; Clark et al. 2020, appendix A: 0.15.
  public var replacementRate = MaskNoise.defaultRate
  /// The folder of that ELECTRA.
  public var replacements = ""
  /// The share of lines that are cut down to a few words.
  public var fragmentShare = 0.1
  /// Label smoothing; Szegedy et al. 2016, §7.
  public var labelSmoothing = 0.0
  /// Edits of lower probability are not made.
  public var minimumConfidence = 0.5

  /// Creates the configuration of the shipped denoiser.
  public init() { training.englishShare = 0.5 }

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<DenoiserConfiguration>] =
    modelSettings + noiseSettings + TrainingSettings.settings(at: \.training)

  private static let modelSettings: [Setting<DenoiserConfiguration>] =
    TransformerSettings.sizes(at: \.transformer, layers: layers) + evidence
    + LatentNoiseSettings.settings(at: \.latentNoise)
    + TransformerSettings.dropouts(
      at: \.transformer, advice: "; 0 where lines hardly repeat, 0.1 on little data")

  private static let layers: [Setting<DenoiserConfiguration>] = [
    .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
    .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write the edits"),
  ]

  private static let evidence: [Setting<DenoiserConfiguration>] = [
    .integer(
      "evidence_megabytes", \.evidenceMegabytes, 0...1024,
      "counts of clean text that are read beside the text, MiB at most; 0 for none"),
    .number(
      "new_share", \.newShare, 0...1,
      "highest share of a line's gaps across which the counts are taken to know nothing, as of names"
    ),
  ]

  private static let noiseSettings: [Setting<DenoiserConfiguration>] = [
    .choice(
      "noise", \.noiseFamily,
      "standard, or spelling: wrong Chinese characters alone, by the settings that say so"),
    .number(
      "mistake_share", \.mistakeShare, 0...1,
      "share of wrong characters drawn as pairs in the data have them; of spelling"),
    .number("clean_share", \.cleanShare, 0...1, "share of lines left as they are; of spelling too"),
    .number(
      "insertion_share", \.insertionShare, 0...1, "share of noisy lines with insertions only"),
    .number(
      "letter_share", \.letterShare, 0...1,
      "share of noisy lines with wrong, missing and exchanged letters only; the rest has both"),
    .number(
      "highest_letter_rate", \.highestLetterRate, 0.01...1,
      "highest share of a line's letters that one noise spoils; of spelling too"),
    .number(
      "inset_share", \.insetShare, 0...1,
      "share of lines with an address, number, name and the like put in, which stays clean"),
    .number(
      "separator_share", \.separatorShare, 0...1,
      "share of lines with insertions that get separators only"),
    .number(
      "both_share", \.bothShare, 0...1,
      "share of lines with insertions that get separators and others"),
    .number("one_kind_share", \.oneKindShare, 0...1, "share of insertion noise of a single kind"),
    .number("lowest_rate", \.lowestRate, 0...1, "lowest share of gaps that get an insertion"),
    .number("highest_rate", \.highestRate, 0...1, "highest share of gaps that get an insertion"),
    .number(
      "beside_spaces", \.besideSpaces, 0...1,
      "insertions at gaps beside a space or mark, as a share of the rate between letters"),
    .integer(
      "curriculum_lines", \.curriculumLines, 0...1_000_000_000,
      "lines over which rates of noise rise to the highest (Bengio et al. 2009); 0 for none"),
    .number("mask_share", \.maskShare, 0...1, "share of lines with masked tokens"),
    .number(
      "mask_rate", \.maskRate, 0...1, "share of tokens masked there (BERT, Devlin et al. 2019 §3.1)"
    ),
    .number(
      "replacement_share", \.replacementShare, 0...1,
      "share of lines in which a generator of ELECTRA replaces tokens, and nothing else is done"),
    .number(
      "replacement_rate", \.replacementRate, 0...1, "share of tokens that it may replace there"),
    .folder("replacements", \.replacements, "the ELECTRA that does it: a run of train electra"),
    .number("fragment_share", \.fragmentShare, 0...1, "share of lines cut down to a few words"),
    .number("label_smoothing", \.labelSmoothing, 0...0.9, "label smoothing (Szegedy et al. 2016)"),
    .number(
      "min_confidence", \.minimumConfidence, 0...1, "edits of lower probability are not made"),
  ]
}

// MARK: - The parts' own configurations

extension DenoiserConfiguration {
  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try transformer.check()
    guard lowestRate <= highestRate else {
      throw Failure(
        .usage, "lowest_rate=\(lowestRate) is above highest_rate=\(highestRate): exchange them")
    }
    guard insertionShare + letterShare <= 1 else {
      throw Failure(
        .usage,
        "insertion_share + letter_share is \(insertionShare + letterShare): lower one, to at most 1"
      )
    }
    guard separatorShare + bothShare <= 1 else {
      throw Failure(
        .usage,
        "separator_share + both_share is \(separatorShare + bothShare): lower one, to at most 1")
    }
    guard replacementShare == 0 || !replacements.isEmpty else {
      throw Failure(
        .usage,
        "replacement_share=\(replacementShare) without a model: name a run of seqae train electra with "
          + "replacements=RUN")
    }
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> TransformerConfiguration {
    var model = try DenoisingAutoencoder.configuration(for: tokenizer)
    transformer.apply(to: &model)
    latentNoise.apply(to: &model)
    model.encoderLayers = encoderLayers
    model.decoderLayers = decoderLayers
    return model
  }

  package var noise: DenoiserNoise.Configuration {
    var noise = DenoiserNoise.Configuration()
    noise.cleanShare = cleanShare
    noise.insertionShare = insertionShare
    noise.letterShare = letterShare
    noise.highestLetterRate = highestLetterRate
    noise.insertions.separatorShare = separatorShare
    noise.insertions.bothShare = bothShare
    noise.insertions.oneKindShare = oneKindShare
    noise.insertions.rates = lowestRate...highestRate
    noise.insertions.besideSpaces = besideSpaces
    return noise
  }

  /// The noise of lines that are drawn when so many have been drawn before.
  package func noise(atLine line: Int) -> DenoiserNoise.Configuration {
    var noise = self.noise
    guard line < curriculumLines else { return noise }
    let strength = 0.2 + 0.8 * Double(line) / Double(curriculumLines)
    noise.highestLetterRate = max(DenoiserNoise.lowestLetterRate, strength * highestLetterRate)
    noise.insertions.rates = lowestRate...max(lowestRate, strength * highestRate)
    return noise
  }

  /// The noise of training lines that are drawn when so many have been drawn before; it may draw wrong characters
  /// as `mistakes` have them.
  package func noise(atLine line: Int, _ mistakes: SpellingMistakes) -> any TextNoise {
    switch noiseFamily {
    case .standard: return DenoiserNoise(noise(atLine: line))
    case .spelling:
      var spelling = SpellingNoise.Configuration()
      spelling.cleanShare = cleanShare
      spelling.highestRate = highestLetterRate
      spelling.mistakeShare = mistakeShare
      return SpellingNoise(spelling, mistakes: mistakes)
    }
  }
}
