import Glibc
import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import TestSupport

/// Returns the UTF-8 of a text.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Returns the text of UTF-8.
func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Returns sentences of a small grammar in both languages, all different.
func sentences(_ count: Int, seed: UInt64 = 1) -> [String] {
  let random = Random(seed: seed)
  func draw(_ words: String) -> String {
    let list = words.split(separator: " ").map(String.init)
    return list[random.integer(below: list.count)]
  }
  var seen: Set<String> = []
  var result: [String] = []
  while result.count < count {
    let text =
      random.chance(0.5)
      ? draw("我们 他们 老师 学生 朋友 医生") + draw("今天 明天 昨天 早上 晚上")
        + draw("喜欢 看见 学习 找到 忘记") + draw("中文 天气 音乐 历史 故事 电影") + "。"
      : draw("The A One") + " " + draw("cat dog teacher student doctor river") + " "
        + draw("sees likes finds hears") + " " + draw("red old small quiet") + " "
        + draw("music stones houses birds maps") + "."
    if seen.insert(text).inserted { result.append(text) }
  }
  return result
}

extension ScratchFolder {
  /// Writes splits that hold out much, as small corpora need, and returns their path.
  func putSplits(test: Int = 10, development: Int = 30) throws -> String {
    try put(
      "splits.json",
      lines: [
        """
        {"seqae_splits": 2, "modulus": 100, "test_below": \(test),
         "development_below": \(development), "lists": {}}
        """
      ])
  }
}

/// The folder of the real corpora: `SEQAE_DATA`, else `shared/data` beside the checkout; nil if absent.
let corporaFolder: String? = {
  let checkout = Path.directory(Path.directory(Path.directory(#filePath)))
  let beside = Path.join(Path.directory(checkout), "shared", "data")
  let folder = getenv("SEQAE_DATA").map { String(cString: $0) } ?? beside
  return Path.isDirectory(folder) ? folder : nil
}()

/// The committed splits.
let committedSplits = Path.join(
  Path.directory(Path.directory(Path.directory(#filePath))), "Scripts", "splits.json")
