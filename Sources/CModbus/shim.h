// libmodbus does the framing; this header only makes its errno constants visible to Swift.
#ifndef CMODBUS_SHIM_H
#define CMODBUS_SHIM_H
#include <errno.h>
#include <modbus.h>

// Constants built from other constants are not imported by Swift.
enum {
  CMODBUS_ILLEGAL_FUNCTION = EMBXILFUN,
  CMODBUS_ILLEGAL_DATA_ADDRESS = EMBXILADD,
  CMODBUS_ILLEGAL_DATA_VALUE = EMBXILVAL,
  CMODBUS_DEVICE_FAILURE = EMBXSFAIL,
  CMODBUS_ACKNOWLEDGE = EMBXACK,
  CMODBUS_DEVICE_BUSY = EMBXSBUSY,
  CMODBUS_BAD_CRC = EMBBADCRC,
  CMODBUS_BAD_DATA = EMBBADDATA,
  CMODBUS_BAD_EXCEPTION = EMBBADEXC,
  CMODBUS_TOO_MUCH_DATA = EMBMDATA,
  CMODBUS_BAD_UNIT = EMBBADSLAVE,
};

#endif
