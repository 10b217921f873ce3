/// The noises of text by name, so that commands and files can ask for them.
public enum TextNoiseKind: String, CaseIterable, Sendable {
  case insertion, separator, mixed, stray, deletion, swap
  case lookAlike = "look-alike"
  case sameSound = "same-sound"
  case nearSound = "near-sound"
  case pinyin, initials, split, keyboard, ocr
  case letterCase = "case"
  case width, traditional, simplified, mojibake

  /// What the noise does, and what its rate is a share of.
  public var summary: String {
    switch self {
    case .insertion: "marks, spaces, emoji and the like at a share of the gaps between letters"
    case .separator: "one separator in every gap of the line or of a run of it"
    case .mixed: "insertions, separators, both or none, drawn for each line"
    case .stray: "a character that belongs nowhere at a share of the gaps between letters"
    case .deletion: "a share of the letters left out"
    case .swap: "neighbouring letters exchanged at a share of the gaps"
    case .lookAlike: "a share of the letters replaced by some that look like them"
    case .sameSound: "a share of the Chinese characters replaced by some of the same syllable"
    case .nearSound: "a share of the Chinese characters replaced by some of nearly the same sound"
    case .pinyin: "a share of the Chinese words in pinyin, whole or one character"
    case .initials: "a share of the Chinese words in first letters of pinyin"
    case .split: "a share of the Chinese characters that come apart written as their parts"
    case .keyboard: "a neighbouring key at a share of the Latin letters"
    case .ocr: "a share of the letters misread"
    case .letterCase: "a share of the letters in the other case"
    case .width: "a share of the letters, digits and marks in the other width"
    case .traditional: "a share of the simplified characters in traditional form"
    case .simplified: "a share of the traditional characters in simplified form"
    case .mojibake: "a share of the runs that are not ASCII read in the wrong encoding"
    }
  }

  /// The rates from which that of a text is drawn unless told otherwise, by our own reading of spoilt texts;
  /// nil for a noise without one rate.
  public var standardRates: ClosedRange<Double>? {
    switch self {
    case .separator, .mixed: nil
    case .insertion: 0.1...0.4  // the floor of the shipped model's card
    case .deletion, .swap, .keyboard: 0.02...0.1
    case .stray, .lookAlike, .sameSound, .nearSound, .pinyin, .initials, .ocr: 0.05...0.2
    case .split: 0.05...0.3
    case .letterCase, .width: 0.05...0.5
    case .traditional, .simplified, .mojibake: 0.1...1
    }
  }

  /// Returns the noise at a rate, which one without a rate leaves aside.
  public func noise(rate: Double) -> any TextNoise {
    switch self {
    case .insertion: InsertionNoise(rate: rate)
    case .separator: SeparatorNoise()
    case .mixed: MixedTextNoise()
    case .stray: StrayNoise(rate: rate)
    case .deletion: DeletionNoise(rate: rate)
    case .swap: SwapNoise(rate: rate)
    case .lookAlike: LookAlikeNoise(rate: rate)
    case .sameSound: SoundNoise(rate: rate, likeness: .same)
    case .nearSound: SoundNoise(rate: rate, likeness: .near)
    case .pinyin: PinyinNoise(rate: rate, form: .syllables)
    case .initials: PinyinNoise(rate: rate, form: .initials)
    case .split: SplitNoise(rate: rate)
    case .keyboard: KeyboardNoise(rate: rate)
    case .ocr: OCRNoise(rate: rate)
    case .letterCase: CaseNoise(rate: rate)
    case .width: WidthNoise(rate: rate)
    case .traditional: ScriptNoise(rate: rate, to: .traditional)
    case .simplified: ScriptNoise(rate: rate, to: .simplified)
    case .mojibake: MojibakeNoise(rate: rate)
    }
  }
}
