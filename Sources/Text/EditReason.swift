/// What an edit undoes, as far as the characters tell.
///
/// ```swift
/// EditReason(removed: "，，", inserted: "", before: "中")   // .marks
/// EditReason(removed: "teh", inserted: "the", before: " ")  // .order
/// ```
public enum EditReason: String, CaseIterable, Sendable {
  /// Controls and characters without width went.
  case invisible
  /// Spaces went, or others took their place.
  case spaces
  /// What stood before stood there once more.
  case repeated
  /// Marks and symbols that belong nowhere.
  case marks
  /// Letters or digits that belong nowhere.
  case stray
  /// Something had been left out.
  case missing
  /// The same letters in another case.
  case letterCase = "case"
  /// The same characters in another width or form.
  case width
  /// The same characters in another order.
  case order
  /// Characters that look like others.
  case lookAlike = "look-alike"
  /// Chinese characters that sound like others, or nearly so.
  case sound
  /// Other characters stood there.
  case other

  /// Judges an edit.
  ///
  /// - Parameters:
  ///   - removed: what went, UTF-8.
  ///   - inserted: what came, UTF-8.
  ///   - before: what stands before the edit; its end counts.
  public init(removed: [UInt8], inserted: [UInt8], before: [UInt8]) {
    let (old, new) = (EditReason.scalars(removed), EditReason.scalars(inserted))
    if new.isEmpty {
      self = EditReason.removal(of: old, after: EditReason.scalars(before))
    } else if old.isEmpty {
      self = .missing
    } else {
      self = EditReason.replacement(of: old, by: new)
    }
  }

  private static func scalars(_ bytes: [UInt8]) -> [UInt32] {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
  }

  private static func removal(of old: [UInt32], after before: [UInt32]) -> EditReason {
    if old.allSatisfy(isInvisible) { return .invisible }
    if old.allSatisfy(CharacterProperties.isSpace) { return .spaces }
    let isRepeated =
      before.count >= 1 && old.allSatisfy { $0 == before.last }
      || before.count >= old.count && old.count > 1 && Array(before.suffix(old.count)) == old
    if isRepeated { return .repeated }
    let isWord = old.contains {
      CharacterProperties.isLetter($0) || CharacterProperties.isNumber($0)
    }
    return isWord ? .stray : .marks
  }

  private static func replacement(of old: [UInt32], by new: [UInt32]) -> EditReason {
    if (old + new).allSatisfy(CharacterProperties.isSpace) { return .spaces }
    if old.map(CharacterProperties.lowercase) == new.map(CharacterProperties.lowercase) {
      return .letterCase
    }
    if compatible(old) == compatible(new) { return .width }
    if old.sorted() == new.sorted() { return .order }
    guard old.count == new.count else { return .other }
    let pairs = Array(zip(old, new))
    if pairs.allSatisfy({ $0 == $1 || LookAlikeNoise.areAlike($0, $1) }) { return .lookAlike }
    if pairs.allSatisfy({ $0 == $1 || Readings.standard.areNear($0, $1) }) { return .sound }
    return .other
  }

  private static func compatible(_ scalars: [UInt32]) -> [UInt8] {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars.compactMap(Unicode.Scalar.init))
    return UnicodeNormalizer(.nfkc).normalize(AlignedText(Array(String(text).utf8))).bytes
  }

  private static func isInvisible(_ scalar: UInt32) -> Bool {
    CharacterProperties.isOther(scalar) || scalar == 0xAD || (0xFE00...0xFE0F).contains(scalar)
  }
}

extension LookAlikeNoise {
  /// Whether one of two characters is listed as a look-alike of the other.
  static func areAlike(_ a: UInt32, _ b: UInt32) -> Bool {
    shapes[a].contains(b) || shapes[b].contains(a) || confusables[a].contains(b)
  }
}

extension Readings {
  /// Whether two characters have a reading in common, or two that sound nearly alike.
  func areNear(_ a: UInt32, _ b: UInt32) -> Bool {
    let others = syllables(of: b)
    return syllables(of: a).contains { syllable in
      others.contains(syllable) || near(syllable).contains(where: others.contains)
    }
  }
}
