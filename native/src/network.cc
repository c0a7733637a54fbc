#include "network.h"

#include <array>
#include <vector>

#include "constants.h"
#include "failure.h"
#include "layers.h"
#include "library.h"

namespace askbert {

bool hasAttention(int libraryVersion) noexcept {
  // TensorRT-RTX has it in every supported version, TensorRT since 10.14.
  return ASKBERT_RTX || libraryVersion >= 101400;
}

bool hasKeyLengths(int libraryVersion) noexcept { return ASKBERT_RTX || libraryVersion >= 110000; }

namespace {

class Bert : private Layers {
 public:
  Bert(nvinfer1::INetworkDefinition& network, BertConfig const& config, Weights& weights, bool attention, bool keyLengths)
      : Layers(network, weights),
        c_(config),
        type_(dataTypeOf(config.precision)),
        attention_(attention),
        keyLengths_(keyLengths) {}

  void build() {
    ids_ = &input("input_ids", dimsOf({-1, -1}));
    segments_ = &input("segment_ids", dimsOf({-1, -1}));
    lengths_ = &input("lengths", dimsOf({-1}));
    shapes();
    if (!keyLengths_) mask();
    Normed hidden = embeddings();
    for (int32_t layer = 0; layer < c_.layers; layer++) {
      hidden = encoder(encoderName(layer), hidden);
    }
    head(cast("qa_outputs.x.fp32", *hidden.exact, DataType::kFLOAT));
  }

 private:
  // Output of a LayerNorm: as it is computed, and in the engine's precision.
  struct Normed {
    ITensor* exact;
    ITensor* value;
  };

  void shapes() {
    ITensor& shape = out(net_.addShape(*ids_), "shape");
    ITensor& hidden = constant("shape.hidden", dimsOf({1}));
    ITensor& one = constant("shape.one", dimsOf({1}));
    ITensor& batch = dimension("shape.batch", shape, 0);
    length_ = &dimension("shape.length", shape, 1);
    lengthHidden_ = &joined("shape.length_hidden", {length_, &hidden});
    batchLengthHidden_ = &joined("shape.batch_length_hidden", {&batch, length_, &hidden});
    batchLengthOne_ = &joined("shape.batch_length_one", {&batch, length_, &one});
  }

  // From the lengths: which keys may be attended to, [batch, 1, 1, length].
  void mask() {
    ITensor& all = constant("mask.positions", dimsOf({c_.positions}));
    ITensor& positions = sliced("mask.slice", all, dimsOf({0}), *length_, dimsOf({1}));
    ITensor& row = reshaped("mask.row", positions, dimsOf({1, 1, 1, -1}));
    ITensor& lengths = reshaped("mask.lengths", *lengths_, dimsOf({-1, 1, 1, 1}));
    allowed_ = &combine("mask.allowed", row, lengths, ElementWiseOperation::kLESS);
    if (attention_) return;
    ITensor& zero = cast("mask.zero.cast", constant("mask.zero", dimsOf({1, 1, 1, 1})), scoreType());
    ITensor& far = cast("mask.far.cast", constant("mask.far", dimsOf({1, 1, 1, 1})), scoreType());
    penalty_ = &out(net_.addSelect(*allowed_, zero, far), "mask.penalty");
  }

  DataType scoreType() const { return c_.softmaxFp32 ? DataType::kFLOAT : type_; }

  // Word + position + segment vectors, normalised: [batch, length, hidden].
  Normed embeddings() {
    std::string const p = "bert.embeddings";
    auto table = [&](char const* part, int64_t rows) -> ITensor& {
      return constant(p + "." + part + "_embeddings.weight", dimsOf({rows, c_.hidden}));
    };
    auto gathered = [&](char const* part, int64_t rows, ITensor& index) -> ITensor& {
      std::string const name = p + "." + part;
      return cast(name + ".fp32", out(net_.addGather(table(part, rows), index, 0), name), DataType::kFLOAT);
    };
    ITensor& words = gathered("word", c_.vocabulary, *ids_);
    ITensor& segments = gathered("token_type", c_.segmentTypes, *segments_);
    ITensor& rows = sliced(p + ".position", table("position", c_.positions), dimsOf({0, 0}), *lengthHidden_, dimsOf({1, 1}));
    ITensor& positions =
        cast(p + ".position.fp32", reshaped(p + ".position.row", rows, dimsOf({1, -1, c_.hidden})), DataType::kFLOAT);
    ITensor& sum = combine(p + ".sum", words, segments, ElementWiseOperation::kSUM);
    return norm(p + ".LayerNorm", combine(p + ".sum.position", sum, positions, ElementWiseOperation::kSUM));
  }

  // One encoder layer, LayerNorm after each half: [batch, length, hidden].
  Normed encoder(std::string const& p, Normed const& hidden) {
    ITensor& context = attend(p, *hidden.value);
    ITensor& attended = linear(p + ".attention.output.dense", context, c_.hidden, c_.hidden);
    Normed const middle = addAndNorm(p + ".attention.output", attended, hidden);
    ITensor& read = eightBits(p + ".middle", *middle.value);
    ITensor& inner = activation(p + ".intermediate.act", linear(p + ".intermediate.dense", read, c_.intermediate, c_.hidden));
    ITensor& output = linear(p + ".output.dense", eightBits(p + ".inner", inner), c_.hidden, c_.intermediate);
    return addAndNorm(p + ".output", output, middle);
  }

  Normed addAndNorm(std::string const& p, ITensor& x, Normed const& residual) {
    if (!c_.residualFp32) return norm(p + ".LayerNorm", combine(p + ".sum", x, *residual.value, ElementWiseOperation::kSUM));
    // The residual is the rounded value: keeping the FP32 one would double the data that a layer reads.
    ITensor& a = cast(p + ".fp32", x, DataType::kFLOAT);
    ITensor& b = cast(p + ".residual.fp32", *residual.value, DataType::kFLOAT);
    return norm(p + ".LayerNorm", combine(p + ".sum", a, b, ElementWiseOperation::kSUM));
  }

  // LayerNorm over the last axis. Its sums and its epsilon of 1e-12, zero in half, are FP32 in any case.
  Normed norm(std::string const& p, ITensor& x) {
    DataType const type = c_.normFp32 ? DataType::kFLOAT : type_;
    ITensor& gamma = cast(p + ".weight.cast", constant(p + ".weight", dimsOf({1, 1, c_.hidden})), type);
    ITensor& beta = cast(p + ".bias.cast", constant(p + ".bias", dimsOf({1, 1, c_.hidden})), type);
    // Not addNormalizationV2, which TensorRT has only since 10.15; the two differ only for groups.
    auto& layer = checked(net_.addNormalization(cast(p + ".in", x, type), gamma, beta, 1u << 2), p);
    layer.setEpsilon(c_.epsilon);
    ITensor& result = *layer.getOutput(0);
    return {&result, &cast(p + ".out", result, type_)};
  }

  // Self-attention: [batch, length, hidden].
  ITensor& attend(std::string const& p, ITensor& x) {
    auto const [query, key, value] = isQuantised(c_.precision) ? threeProducts(p, x) : oneProduct(p, x);
    ITensor& context = attention_ ? fused(p, *query, *key, *value) : byProducts(p, *query, *key, *value);
    // Before the heads are joined: there TensorRT makes the kernel of the attention write 8 bits.
    ITensor& read = eightBits(p + ".context", context);
    auto& merge = checked(net_.addShuffle(read), p + ".attention.merge");
    merge.setFirstTranspose({0, 2, 1, 3});
    merge.setReshapeDimensions(dimsOf({0, 0, c_.hidden}));
    return *merge.getOutput(0);
  }

  // Query, key and value of one product, which in 16 bits is the fastest.
  std::array<ITensor*, 3> oneProduct(std::string const& p, ITensor& x) {
    ITensor& qkv = linear(p + ".attention.qkv", x, 3 * c_.hidden, c_.hidden);
    auto third = [&](char const* part, int64_t index) {
      std::string const name = p + "." + part;
      Dims const start = dimsOf({0, 0, index * c_.hidden});
      return &heads(name, sliced(name, qkv, start, *batchLengthHidden_, dimsOf({1, 1, 1})));
    };
    return {third("query", 0), third("key", 1), third("value", 2)};
  }

  // Of three products that read the same 8 bits, which TensorRT joins without slicing their result.
  std::array<ITensor*, 3> threeProducts(std::string const& p, ITensor& x) {
    ITensor& read = eightBits(p + ".input", x);
    auto product = [&](char const* part) {
      std::string const name = p + "." + part;
      ITensor& split = heads(name, linear(p + ".attention.self." + part, read, c_.hidden, c_.hidden));
      return &(attendsInEightBits() ? eightBits(name, split) : split);
    };
    return {product("query"), product("key"), product("value")};
  }

  // FP8 attention is slower than FP16's, since few shapes have a fused kernel.
  bool attendsInEightBits() const { return c_.precision == Precision::Int8 && !attention_; }

  // What the next product reads; x itself in other precisions.
  ITensor& eightBits(std::string const& name, ITensor& x) {
    if (!isQuantised(c_.precision)) return x;
    return rounded(name, x, c_.precision == Precision::Int8 ? DataType::kINT8 : DataType::kFP8);
  }

  // [batch, length, hidden] as [batch, heads, length, head size].
  ITensor& heads(std::string const& name, ITensor& x) {
    auto& split = checked(net_.addShuffle(x), name + ".heads");
    split.setReshapeDimensions(dimsOf({0, 0, c_.heads, c_.hidden / c_.heads}));
    split.setSecondTranspose({0, 2, 1, 3});
    return *split.getOutput(0);
  }

  ITensor& fused(std::string const& p, ITensor& query, ITensor& key, ITensor& value) {
    // The version with a boolean: the only one in 10.x, still present in 11.x and RTX.
    auto* attention = net_.addAttention(query, key, value, nvinfer1::AttentionNormalizationOp::kSOFTMAX, false);
    if (!attention) throw Failure(FailureCode::EngineBuild, "TensorRT refuses the attention of " + p);
    // A shape without a fused kernel is decomposed instead of refused.
    bool good = attention->setName((p + ".attention").c_str()) && attention->setDecomposable(true);
    if (!keyLengths_) good = good && attention->setMask(*allowed_);
#if !ASKBERT_TRT10
    if (keyLengths_) good = good && attention->setKeyValueLengths(lengths_);
#endif
    if (!good) throw Failure(FailureCode::EngineBuild, "TensorRT refuses the mask of " + p);
    return *attention->getOutput(0);
  }

  ITensor& byProducts(std::string const& p, ITensor& query, ITensor& key, ITensor& value) {
    ITensor& scores = out(net_.addMatrixMultiply(query, MatrixOperation::kNONE, key, MatrixOperation::kTRANSPOSE), p + ".scores");
    ITensor& scored = cast(p + ".scores.cast", scores, scoreType());
    ITensor& masked = combine(p + ".scores.masked", scored, *penalty_, ElementWiseOperation::kSUM);
    auto& softmax = checked(net_.addSoftMax(masked), p + ".softmax");
    softmax.setAxes(1u << 3);
    ITensor& exact = cast(p + ".softmax.cast", *softmax.getOutput(0), type_);
    ITensor& shares = attendsInEightBits() ? eightBits(p + ".softmax", exact) : exact;
    return out(net_.addMatrixMultiply(shares, MatrixOperation::kNONE, value, MatrixOperation::kNONE), p + ".context");
  }

  // x [.., columns] times the transpose of a weight (rows, columns), plus its bias: [.., rows].
  ITensor& linear(std::string const& p, ITensor& x, int64_t rows, int64_t columns) {
    bool const isFp32 = x.getType() == DataType::kFLOAT;
    bool const quantised = isQuantised(c_.precision) && !isFp32;
    ITensor& weight =
        quantised ? widened(p + ".weight", rows, columns, type_) : constant(p + ".weight", dimsOf({1, rows, columns}));
    ITensor& bias = constant(p + ".bias", dimsOf({1, 1, rows}));
    // Sums of 8 bits are exact without being told.
    if (isFp32 || quantised || !c_.accumulateFp32) {
      ITensor& product = out(net_.addMatrixMultiply(x, MatrixOperation::kNONE, weight, MatrixOperation::kTRANSPOSE), p);
      return combine(p + ".add", product, bias, ElementWiseOperation::kSUM);
    }
    // TensorRT takes casts around a product as "16-bit operands, FP32 sum": no value is converted for it.
    DataType const exact = DataType::kFLOAT;
    ITensor& a = cast(p + ".x.fp32", x, exact);
    ITensor& b = cast(p + ".weight.fp32", weight, exact);
    ITensor& product = out(net_.addMatrixMultiply(a, MatrixOperation::kNONE, b, MatrixOperation::kTRANSPOSE), p);
    ITensor& rounded = cast(p + ".product", product, x.getType());
    return combine(p + ".add", rounded, bias, ElementWiseOperation::kSUM);
  }

  ITensor& activation(std::string const& name, ITensor& x) {
    using nvinfer1::ActivationType;
    bool const erf = c_.activation == Activation::GeluErf && (c_.exactGelu || type_ == DataType::kFLOAT);
    ActivationType const type = erf                                 ? ActivationType::kGELU_ERF
                                : c_.activation == Activation::Relu ? ActivationType::kRELU
                                                                    : ActivationType::kGELU_TANH;
    return out(net_.addActivation(x, type), name);
  }

  // Start and end logits, FP32 throughout: [batch, length] each.
  void head(ITensor& hidden) {
    ITensor& logits = linear("qa_outputs", hidden, 2, c_.hidden);
    for (int64_t column = 0; column < 2; column++) {
      std::string const name = column == 0 ? "start" : "end";
      ITensor& part = sliced(name + ".column", logits, dimsOf({0, 0, column}), *batchLengthOne_, dimsOf({1, 1, 1}));
      ITensor& result = reshaped(name + ".row", part, dimsOf({0, 0}));
      result.setName(name.c_str());
      net_.markOutput(result);
    }
  }

  BertConfig const& c_;
  DataType const type_;
  bool const attention_;
  bool const keyLengths_;
  ITensor* ids_ = nullptr;
  ITensor* segments_ = nullptr;
  ITensor* lengths_ = nullptr;
  ITensor* length_ = nullptr;
  ITensor* lengthHidden_ = nullptr;
  ITensor* batchLengthHidden_ = nullptr;
  ITensor* batchLengthOne_ = nullptr;
  ITensor* allowed_ = nullptr;
  ITensor* penalty_ = nullptr;
};

}  // namespace

bool addBert(nvinfer1::INetworkDefinition& network, BertConfig const& config, Weights& weights, int libraryVersion) {
  bool const attention = config.fusedAttention && hasAttention(libraryVersion);
  prepareConstants(config, weights);
  Bert(network, config, weights, attention, attention && config.keyLengths && hasKeyLengths(libraryVersion)).build();
  return attention;
}

}  // namespace askbert
