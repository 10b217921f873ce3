/// Takes the endings off English words (Porter 1980, *An algorithm for suffix stripping*), in the form that NLTK has and
/// `rouge-score` uses: a list of irregular words, short words kept, and a few rules of its own, marked below.
///
/// A word has the form [C](VC)ᵐ[V], C a run of consonants and V one of vowels; an ending goes where the measure m of what
/// stays is large enough. Linear.
package enum PorterStemmer {
  /// Returns the stem of a word of lower-case ASCII letters and digits.
  ///
  /// ```swift
  /// PorterStemmer.stem(Array("relational".utf8)[...])  // "relat"
  /// ```
  package static func stem(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var word = Array(word)
    if let stem = irregular[word] { return stem }
    guard word.count > 2 else { return word }
    plurals(&word)
    participles(&word)
    finalY(&word)
    doubleEndings(&word)
    apply(endings, to: &word)
    lastEndings(&word)
    finalE(&word)
    finalL(&word)
    return word
  }

  /// What NLTK does not leave to the rules.
  private static let irregular: [[UInt8]: [UInt8]] = {
    let stems = [
      "sky": ["sky", "skies"], "die": ["dying"], "lie": ["lying"], "tie": ["tying"],
      "news": ["news"], "inning": ["inning", "innings"], "outing": ["outing", "outings"],
      "canning": ["canning", "cannings"], "howe": ["howe"], "proceed": ["proceed"],
      "exceed": ["exceed"], "succeed": ["succeed"],
    ]
    var irregular: [[UInt8]: [UInt8]] = [:]
    for (stem, words) in stems {
      for word in words { irregular[Array(word.utf8)] = Array(stem.utf8) }
    }
    return irregular
  }()

  // MARK: Steps

  /// Step 1a: caresses → caress, ponies → poni, cats → cat; NLTK: dies → die.
  private static func plurals(_ word: inout [UInt8]) {
    if word.ends("ies") {
      word.removeLast(word.count == 4 ? 1 : 2)
    } else if word.ends("sses") {
      word.removeLast(2)
    } else if word.ends("s"), !word.ends("ss") {
      word.removeLast()
    }
  }

  /// Step 1b: agreed → agree, plastered → plaster, motoring → motor; NLTK: died → die, spied → spi.
  private static func participles(_ word: inout [UInt8]) {
    if word.ends("ied") {
      word.removeLast(word.count == 4 ? 1 : 2)
      return
    }
    if word.ends("eed") {
      if measure(word.dropLast(3)) > 0 { word.removeLast() }
      return
    }
    let length = word.ends("ed") ? 2 : word.ends("ing") ? 3 : 0
    guard length > 0, consonants(word.dropLast(length)).contains(false) else { return }
    word.removeLast(length)
    if word.ends("at") || word.ends("bl") || word.ends("iz") {
      word.append(UInt8(ascii: "e"))  // conflat(ed) → conflate
    } else if endsInDoubleConsonant(word) {
      if !word.ends("l"), !word.ends("s"), !word.ends("z") { word.removeLast() }  // hopp(ing) → hop
    } else if measure(word[...]) == 1, endsInShortSyllable(word[...]) {
      word.append(UInt8(ascii: "e"))  // fil(ing) → file
    }
  }

  /// Step 1c, as NLTK has it: y is i behind a consonant that is not the first letter; happy → happi, but enjoy.
  private static func finalY(_ word: inout [UInt8]) {
    guard word.ends("y"), word.count > 2, consonants(word.dropLast()).last == true else { return }
    word[word.count - 1] = UInt8(ascii: "i")
  }

  private static let doubles = rules([
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("fulli", "ful"),
  ])

  /// Step 2, m > 0: relational → relate; NLTK: alli first and what then stays once more, fulli, and logi whose l belongs to
  /// what stays.
  private static func doubleEndings(_ word: inout [UInt8]) {
    while word.ends("alli"), measure(word.dropLast(4)) > 0 { word.removeLast(2) }
    if apply(doubles, to: &word) { return }
    if word.ends("logi"), measure(word.dropLast(3)) > 0 { word.removeLast() }
  }

  /// Step 3, m > 0: triplicate → triplic, goodness → good.
  private static let endings = rules([
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
  ])

  private static let lasts = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
  ].map { Array($0.utf8) }

  /// Step 4, m > 1: revival → reviv; ion only behind s or t.
  private static func lastEndings(_ word: inout [UInt8]) {
    guard let ending = lasts.first(where: { word.suffix($0.count) == $0[...] }) else { return }
    let stem = word.dropLast(ending.count)
    guard measure(stem) > 1 else { return }
    if word.ends("ion"), !Array(stem).ends("s"), !Array(stem).ends("t") { return }
    word.removeLast(ending.count)
  }

  /// Step 5a: probate → probat, cease → ceas, but rate.
  private static func finalE(_ word: inout [UInt8]) {
    guard word.ends("e") else { return }
    let stem = word.dropLast()
    let m = measure(stem)
    if m > 1 || m == 1 && !endsInShortSyllable(stem) { word.removeLast() }
  }

  /// Step 5b, m > 1: controll → control.
  private static func finalL(_ word: inout [UInt8]) {
    if word.ends("ll"), measure(word.dropLast()) > 1 { word.removeLast() }
  }

  // MARK: Rules and conditions

  private typealias Rule = (ending: [UInt8], replacement: [UInt8])

  private static func rules(_ rules: [(String, String)]) -> [Rule] {
    rules.map { (Array($0.0.utf8), Array($0.1.utf8)) }
  }

  /// Applies the first rule whose ending the word has, if m > 0 without it, and returns whether there is one.
  @discardableResult
  private static func apply(_ rules: [Rule], to word: inout [UInt8]) -> Bool {
    guard let rule = rules.first(where: { word.suffix($0.ending.count) == $0.ending[...] })
    else { return false }
    if measure(word.dropLast(rule.ending.count)) > 0 {
      word.removeLast(rule.ending.count)
      word += rule.replacement
    }
    return true
  }

  /// Which letters are consonants: all but a, e, i, o, u, and y behind a consonant.
  private static func consonants(_ word: ArraySlice<UInt8>) -> [Bool] {
    var consonants: [Bool] = []
    consonants.reserveCapacity(word.count)
    for letter in word {
      switch letter {
      case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"),
        UInt8(ascii: "u"):
        consonants.append(false)
      case UInt8(ascii: "y"): consonants.append(!(consonants.last ?? false))
      default: consonants.append(true)
      }
    }
    return consonants
  }

  /// m: how often a consonant follows a vowel.
  private static func measure(_ word: ArraySlice<UInt8>) -> Int {
    let consonants = consonants(word)
    return zip(consonants, consonants.dropFirst()).count { !$0 && $1 }
  }

  /// *d: whether a word ends in the same consonant twice.
  private static func endsInDoubleConsonant(_ word: [UInt8]) -> Bool {
    word.count > 1 && word[word.count - 1] == word[word.count - 2]
      && consonants(word[...]).last == true
  }

  /// *o: whether a word ends in consonant, vowel and a consonant that is not w, x or y; NLTK: or is a vowel and a
  /// consonant.
  private static func endsInShortSyllable(_ word: ArraySlice<UInt8>) -> Bool {
    let consonants = consonants(word)
    if word.count == 2 { return consonants == [false, true] }
    guard word.count > 2, let last = word.last else { return false }
    return consonants.suffix(3) == [true, false, true] && !"wxy".utf8.contains(last)
  }
}

extension [UInt8] {
  fileprivate func ends(_ ending: StaticString) -> Bool {
    ending.withUTF8Buffer { suffix($0.count).elementsEqual($0) }
  }
}
