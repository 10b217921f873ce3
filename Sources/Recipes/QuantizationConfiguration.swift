import SeqaeFiles
import SeqaeTensors

/// What `config.json` says of weights in eight bits, in the words of compressed-tensors, which transformers
/// and vLLM read: a scale for each row of a weight, and one for each token of what it is multiplied with.
enum QuantizationConfiguration {
  /// Under which key it says that.
  static let key: ByteString = "quantization_config"

  /// Says it of a model whose weights are stored in eight bits, in the members of its `config.json`; of others nothing.
  ///
  /// - Parameters:
  ///   - members: to which it is added.
  ///   - precision: what the weights are stored in.
  ///   - ignored: the matrices that stay as they are.
  static func say(
    in members: inout JSONObject, of precision: WeightPrecision, ignoring ignored: [JSON] = []
  ) {
    guard precision == .int8 else { return }
    members[key] = [
      "quant_method": "compressed-tensors",
      "format": "int-quantized",
      "quantization_status": "compressed",
      "config_groups": [
        "products": [
          "targets": ["Linear"],
          "weights": numbers(strategy: "channel", isDynamic: false),
          "input_activations": numbers(strategy: "token", isDynamic: true),
        ],
        "tables": [
          "targets": ["Embedding"],
          "weights": numbers(strategy: "channel", isDynamic: false),
        ],
      ],
      "ignore": .array(ignored),
    ]
  }

  private static func numbers(strategy: ByteString, isDynamic: Bool) -> JSON {
    [
      "num_bits": 8, "type": "int", "symmetric": true, "strategy": .string(strategy),
      "dynamic": .bool(isDynamic),
    ]
  }
}
