/// What noise inserts into a text.
public struct NoiseAlphabet: Sendable {
  /// Marks that people insert often.
  public let commonMarks: [String]
  /// Marks of every kind, the common ones among them.
  public let marks: [String]
  /// Marks that no sentence needs, so that they are noise beside a space too.
  public let ornaments: [String]
  /// Spaces, each as often as it stands here.
  public let spaces: [String]
  /// Characters without width.
  public let zeroWidth: [String]
  /// Emoji, also of several code points.
  public let emoji: [String]

  /// Creates an alphabet; no list may be empty.
  public init(
    commonMarks: [String], marks: [String], ornaments: [String], spaces: [String],
    zeroWidth: [String], emoji: [String]
  ) {
    for list in [commonMarks, marks, ornaments, spaces, zeroWidth, emoji] {
      precondition(!list.isEmpty, "NoiseAlphabet: a list is empty")
    }
    self.commonMarks = commonMarks
    self.marks = marks
    self.ornaments = ornaments
    self.spaces = spaces
    self.zeroWidth = zeroWidth
    self.emoji = emoji
  }

  /// Everything in the alphabet, so that a tokenizer can include it.
  public var text: String {
    (commonMarks + marks + ornaments + spaces + zeroWidth + emoji).joined()
  }

  /// The alphabet of the product's own denoiser.
  public static let standard = NoiseAlphabet(
    commonMarks: characters(",.!?-_*~，。、！？…·～"),
    marks: characters(
      ",.;:!?-_*~^|/\\#@$%&+='\"`()[]{}<>" + "，。、；：！？·…—～・｡､「」『』《》〈〉【】〔〕（）［］｛｝“”‘’＂＇"
        + "－＿＊＃＠＄％＆＋＝／＼｜＾｀＜＞" + ornamentText),
    ornaments: characters("-_*~^|/\\#@$%&+=`" + ornamentText),
    spaces: Array(repeating: " ", count: 8) + ["\u{3000}", "\u{A0}"],
    zeroWidth: ["\u{200B}", "\u{200C}", "\u{200D}", "\u{2060}", "\u{FEFF}"],
    emoji: emojiText.split(separator: " ").map(String.init))

  private static let ornamentText =
    "★☆✦✧●○◎■□▪▫◆◇▲△▼▽▶◀※→←↑↓⇒♥♡♪♫♬♠♣♦°¤§¶†‡•‥‖¦¯´¨¬×÷±≈≠∞√✓✔✗✘✿❀☀☁☂☎☞"

  private static let emojiText = """
    😀 😃 😄 😁 😆 😅 😂 🤣 😊 😇 🙂 🙃 😉 😌 😍 🥰 😘 😋 😜 🤪 🤔 🤨 😐 😑 😏 😒 🙄 😬 😴 😷 🤒 🤮 🥵 🥶 🤯 🤠 🥳 😎 \
    🤓 😕 😟 😮 😲 😳 🥺 😨 😰 😥 😢 😭 😱 😖 😣 😞 😓 😩 😫 🥱 😤 😡 😠 🤬 😈 💀 💩 🤡 👻 👽 🤖 😺 🙈 🙉 🙊 💋 💌 💘 💖 💕 💔 \
    ❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💯 💢 💥 💫 💦 💨 💬 👋 ✋ 👌 ✌️ 🤞 👈 👉 👆 👇 👍 👎 ✊ 👊 👏 🙌 🤝 🙏 💪 👀 🧠 👶 👧 👦 👩 👨 👵 👴 \
    👍🏻 👍🏽 👍🏿 👏🏼 🙏🏻 💪🏾 👋🏽 ✌🏻 🤦‍♂️ 🤦‍♀️ 🤷‍♂️ 🤷‍♀️ 🙋‍♀️ 🙆‍♂️ 🏃‍♂️ 👨‍👩‍👧 👨‍👩‍👧‍👦 👩‍❤️‍👨 👩‍💻 👨‍🎓 👩🏽‍🚀 🧑‍🍳 🏳️‍🌈 🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐯 🦁 🐮 🐷 \
    🐸 🐵 🐔 🐧 🐦 🦄 🐝 🦋 🐢 🐍 🐙 🐬 🐳 🌸 🌹 🌻 🌞 🌙 ⭐ 🌟 ✨ ⚡ 🔥 🌈 ☀️ ☁️ ❄️ 🌊 🍎 🍊 🍋 🍌 🍉 🍇 🍓 🍑 🍒 🍔 🍟 🍕 🍜 🍣 🍰 🎂 🍦 🍺 \
    🍻 🥂 ☕ ⚽ 🏀 🏆 🥇 🎮 🎤 🎵 🎶 🎉 🎊 🎁 🎈 🚗 🚀 ✈️ 🏠 📱 💻 📷 💡 📚 💰 💎 🔒 🔔 ⏰ 📌 ✅ ❌ ❗ ❓ ‼️ ⚠️ ♻️ 🆗 🆕 🔴 🔵 1️⃣ 2️⃣ 3️⃣ #️⃣ \
    🇨🇳 🇺🇸 🇬🇧 🇯🇵 🇰🇷 🇫🇷 🇩🇪 🇭🇰
    """

  private static func characters(_ text: String) -> [String] {
    text.unicodeScalars.filter { $0 != " " }.map { String($0) }
  }
}
