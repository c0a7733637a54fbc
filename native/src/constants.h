// All constants of the network, under the names of their layers: a stripped plan asks for
// them under the same names when it is loaded.
#pragma once

#include "network.h"
#include "weights.h"

namespace askbert {

// Takes the model's tensors and adds to them: queries, keys and values joined in one matrix and one vector for each
// layer (in 8 bits: the scales of what each product reads), and the small constants of mask and shapes. Once per set
// of weights.
// Throws Failure BadRequest for a tensor that is missing or has another size, and for ranges that do not fit.
void prepareConstants(BertConfig const& config, Weights& weights);

// Layer `layer` of the encoder; its tensors' names begin so.
std::string encoderName(int32_t layer);

}  // namespace askbert
