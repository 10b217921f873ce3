/// Returns a text as one line: what a model writes may hold line feeds; as one column of a line without tabs.
func oneLine(_ text: [UInt8], isColumn: Bool = false) -> [UInt8] {
  text.map { $0 == 0x0A || $0 == 0x0D || isColumn && $0 == 0x09 ? UInt8(ascii: " ") : $0 }
}
