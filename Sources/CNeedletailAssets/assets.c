#include "CNeedletailAssets.h"
