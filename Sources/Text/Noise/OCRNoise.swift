import SeqaeRandom

/// Mistakes of text recognition: `rn` for m, `l` for I, 末 for 未, 曰 for 日.
///
/// By a list of our own; a Chinese character that is not on it becomes one of the two nearest to it in shape.
/// Digits stay unless `digits` says that they are taken for letters, and letters for digits.
public struct OCRNoise: TextNoise {
  /// The probability that what can be misread is.
  public let rate: Double
  /// Whether digits are taken for letters, and letters for digits.
  public let digits: Bool

  /// Two letters that are taken for one, and one for two.
  private static let pairs: [(two: [UInt8], one: [UInt8])] = [
    ("rn", "m"), ("nn", "m"), ("cl", "d"), ("vv", "w"), ("ri", "n"), ("li", "h"), ("ii", "u"),
    ("lc", "k"), ("lo", "b"), ("VV", "W"), ("IJ", "U"),
  ].map { (Array($0.utf8), Array($1.utf8)) }

  private static let characters = CharacterGroups(
    classes: """
      lIi OQD ce hb uv nu ft qg ij vy EF CG PR UV MN Cc Oo Ss Vv Ww Xx Zz Kk Pp Bb \
      未末 日曰 己已巳 千干于 人入八 大太犬 土士 天夫夭无 王玉主 田由甲申 木本术 目且旦 问间同 乌鸟 今令 午牛 贝见 住往佳 \
      没设 析折拆 侯候 免兔 白百自 刀刁力 万方 又叉 戊戌戍戎 毋母 比此 末来 几儿 九丸 工土 小少 水永 手毛 爪瓜 斤斥 史吏 \
      夹来 束東柬 拔拨 泪汨汩 治冶 微徵徽 辨辩辫瓣 班斑 戴载 晴睛 崇祟 冒胃 券卷 茶荼 沐沭 侍待 侮悔 傅博搏 撤撒 竞竟 \
      暑署 蓝篮 薄簿 遣遗 揭竭 喝渴 密蜜 幕暮墓慕 梁粱 段叚 予矛 孑子 丐丏 仑仓 勾匀 厂广 心必 旱早 呆杏 卞下 风凤 丹舟 \
      开井 元无兀 发友反 乏之 圆园囡 囚因困回固 亳毫 裸祼 抡抢 沧沦 伧伦 肓盲 贷货 赏尝 冉再 壸壶 祇衹 籍藉 烧浇 炕坑 壁璧 \
      竿竽 徒徙 陪倍 抓爬 抬拾 昧眛 栗粟 哀衷衰 恭泰 赢羸 遂逐 迁迂 闪冈 宫官 宣宜 延廷 幼幻 失矢 丘乒
      """)
  private static let numbers = CharacterGroups(classes: "0OoD 1lI 2Z 5S 8B 6Gb 9gq 4A 7T")

  /// Creates the noise.
  public init(rate: Double, digits: Bool = false) {
    requireProbability(rate, of: "OCRNoise")
    self.rate = rate
    self.digits = digits
  }

  /// Returns `text` misread.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    let script = ChineseScript(of: graphemes)
    var result: [UInt8] = []
    result.reserveCapacity(2 * graphemes.bytes.count)
    var index = 0
    while index < graphemes.count {
      if graphemes.kinds[index].isLetter(digits: digits), random.chance(rate) {
        let readings = readings(of: graphemes, at: index, script)
        if !readings.isEmpty {
          let reading = random.element(of: readings)
          result += reading.text
          index += reading.clusters
          continue
        }
      }
      result.append(contentsOf: graphemes[index])
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What a place may be taken for, and how many clusters that takes the place of.
  private func readings(
    of graphemes: Graphemes, at index: Int, _ script: ChineseScript
  ) -> [(text: [UInt8], clusters: Int)] {
    guard let scalar = graphemes.scalar(at: index) else { return [] }
    var singles = Self.characters[scalar].filter { !script.lacks($0) }
    if digits { singles += Self.numbers[scalar] }
    if singles.isEmpty { singles += LookAlikeNoise.shapes(of: scalar, in: script).prefix(2) }
    var readings = singles.map { (text: utf8($0), clusters: 1) }
    let end = graphemes.offsets[min(index + 2, graphemes.count)]
    let both = graphemes.bytes[graphemes.offsets[index]..<end]
    for pair in Self.pairs {
      if graphemes[index].elementsEqual(pair.one) { readings.append((pair.two, 1)) }
      if both.elementsEqual(pair.two) { readings.append((pair.one, 2)) }
    }
    return readings
  }
}
