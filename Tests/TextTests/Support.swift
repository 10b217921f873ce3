import Glibc
import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// The folder Tests/Fixtures/text.
func fixture(_ name: String) -> String {
  let tests = Path.directory(Path.directory(#filePath))
  return Path.join(tests, "Fixtures", "text", name)
}

/// The lines of a text without its comments.
func dataLines(_ bytes: [UInt8]) -> [String] {
  bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
    let text = String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
    return text.allSatisfy { $0 == " " } ? nil : text
  }
}

func contents(of path: String) throws -> [UInt8] {
  let file = try MappedFile(path)
  return withExtendedLifetime(file) { Array(file.bytes) }
}

/// The output of a shell command; nil if it failed.
func output(of command: String) -> [UInt8]? {
  guard let stream = popen(command, "r") else { return nil }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, stream)
    guard count > 0 else { break }
    bytes += buffer[..<count]
  }
  return pclose(stream) == 0 ? bytes : nil
}

/// UTF-8 of code points written in hexadecimal, such as "0041 0301".
func utf8(ofHex text: some StringProtocol) -> [UInt8] {
  text.split(separator: " ").flatMap { word -> [UInt8] in
    guard let value = UInt32(word, radix: 16), let scalar = Unicode.Scalar(value) else {
      preconditionFailure("a fixture has the code point \(word)")
    }
    return Array(String(Character(scalar)).utf8)
  }
}

extension Random {
  /// A byte string of which about half is UTF-8.
  func bytes(count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      if chance(0.5) {
        bytes.append(UInt8(integer(below: 256)))
      } else {
        bytes += Array(String(Character(scalar())).utf8)
      }
    }
    return bytes
  }

  /// A code point of one of the blocks that behave differently.
  func scalar() -> Unicode.Scalar {
    let blocks: [ClosedRange<Int>] = [
      0x20...0x7E, 0x4E00...0x9FA5, 0x300...0x36F, 0xC0...0x17F, 0xAC00...0xD7A3, 0x1100...0x11FF,
      0x1F600...0x1F64F, 0x1F1E6...0x1F1FF, 0x200B...0x200F, 0xFF01...0xFFEE, 0x915...0x94D,
      0xFB00...0xFB06, 0x20000...0x20FFF, 0...0x10FFFF,
    ]
    while true {
      let block = blocks[integer(below: blocks.count)]
      let value = UInt32(block.lowerBound + integer(below: block.count))
      if let scalar = Unicode.Scalar(value) { return scalar }
    }
  }

  func text(count: Int) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<count { text.append(scalar()) }
    return String(text)
  }
}

/// Lines as users write them: Chinese, English, mixed, with numbers, marks and emoji.
let ordinaryLines = [
  "今天天气很好，我们去公园散步吧。", "The quick brown fox jumps over the lazy dog.",
  "我用 iPhone 15 Pro 拍了3张照片，花了99.90元。", "Don't panic: it's only 3:45 p.m. on 2024-05-17!",
  "他说：“明天见！”然后就走了。", "価格は１，０００円です。カタカナとひらがな", "한국어 문장도 있습니다.", "Привет, мир! Как дела?",
  "A", "", "👍🏽👨‍👩‍👧", "第3章 Swift语言入门 (第2版)", "C++ and C# are languages; 1,000 + 2.5 = 1,002.5",
  "机器学习 machine learning 是人工智能的一个分支", "Tom's well-known café serves crème brûlée.",
]

/// A tokenizer that knows printable ASCII, the noise alphabet and a few Chinese characters.
func makeTokenizer(normalizer: (any Normalizer)? = nil) throws -> Tokenizer {
  var trainer = CharacterTrainer()
  for line in ordinaryLines { trainer.count(Array(line.utf8)) }
  let vocabulary = try trainer.vocabulary(size: 2_000, including: NoiseAlphabet.standard.text)
  return try Tokenizer(characters: vocabulary, normalizer: normalizer)
}

/// Byte pair encoding over characters, learnt from the ordinary lines.
func makePairs() throws -> BytePairModel {
  var trainer = BytePairTrainer(splitter: ScriptSplitter())
  for line in ordinaryLines { for _ in 0..<3 { trainer.count(Array(line.utf8)) } }
  return try trainer.model(size: 900, including: NoiseAlphabet.standard.text)
}

/// Byte ranges of `text` as offsets in code points, as Hugging Face counts them.
func scalarOffsets(_ ranges: [Range<Int>], _ text: ByteString) -> [JSON] {
  let starts = text.bytes.indices.filter { text.bytes[$0] & 0xC0 != 0x80 }
  func place(_ offset: Int) -> Int { starts.prefix { $0 <= offset }.count }
  return ranges.map { range in
    let end = place(range.upperBound - 1)
    return [.integer(range.isEmpty ? end : place(range.lowerBound) - 1), .integer(end)]
  }
}
