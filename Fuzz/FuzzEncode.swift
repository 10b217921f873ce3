import SeqaeText

/// Any text through every kind of tokenizer: it comes back, and its ranges lie in it in order.
///
/// The first byte chooses the tokenizer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard count > 0, let start else { return 0 }
  let tokenizer = tokenizers[Int(start[0]) % tokenizers.count]
  let text = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
  let encoding = tokenizer.encode(text)
  let expected = tokenizer.normalizer?.normalize(AlignedText(text)).bytes ?? text
  precondition(tokenizer.decode(encoding.ids) == expected, "a text does not come back")
  var last = 0..<0
  for range in encoding.ranges {
    precondition(
      last.lowerBound <= range.lowerBound && last.upperBound <= range.upperBound
        && range.upperBound <= text.count && !range.isEmpty, "a range out of order")
    last = range
  }
  if tokenizer.normalizer == nil {
    precondition(
      encoding.ranges.reduce(0) { $0 + $1.count } == text.count, "ranges that do not cover")
  }
  let limit = 5 + Int(start[0])
  let pieces = Tokenizer.cut(encoding, of: text, limit: limit)
  precondition(
    pieces.allSatisfy { !$0.isEmpty && $0.count <= limit }
      && pieces.reduce(0) { $0 + $1.count } == encoding.count, "wrong pieces")
  return 0
}

private let tokenizers = ofCharacters + ofPairs

private let ofPairs: [Tokenizer] = {
  let splitter = ScriptSplitter()
  var trainer = BytePairTrainer(splitter: splitter)
  for _ in 0..<5 { trainer.count(Array("今天天气很好，今天天气 Don't the then é ﬁ 각 ① 2024".utf8)) }
  guard let model = try? trainer.model(size: 460) else {
    preconditionFailure("the pairs can't be learnt")
  }
  return [UnicodeNormalizer?.none, .init(.nfc), .init(.nfkc)].flatMap { normalizer in
    [splitter, nil].compactMap { (splitter: ScriptSplitter?) in
      try? Tokenizer(trained: model, normalizer: normalizer, splitter: splitter)
    }
  }
}()

private let ofCharacters: [Tokenizer] = {
  var trainer = CharacterTrainer()
  trainer.count(Array("今天天气很好 Don't é ﬁ 각 ①".utf8))
  guard let vocabulary = try? trainer.vocabulary(size: 400) else {
    preconditionFailure("the vocabulary can't be made")
  }
  let normalizers: [UnicodeNormalizer?] = [nil] + UnicodeNormalizer.Form.allCases.map { .init($0) }
  let splitters: [BoundarySplitter?] = [nil] + TextUnit.allCases.map { .init($0) }
  return normalizers.flatMap { normalizer in
    splitters.compactMap { splitter in
      try? Tokenizer(characters: vocabulary, normalizer: normalizer, splitter: splitter)
    }
  }
}()
