// Apart from CLinux.c: the kernel's termios2 cannot stand beside the C library's termios.
#include "CLinux.h"

#include <asm/termbits.h>
#include <errno.h>
#include <sys/ioctl.h>

int clinux_pty_settings(int master, uint32_t *baud, int *parity) {
  struct termios2 settings;
  if (ioctl(master, TCGETS2, &settings) < 0) return -errno;
  *baud = settings.c_ospeed;
  // A pseudo terminal drops PARENB; whoever sets it checks what comes, too.
  *parity = !(settings.c_iflag & INPCK) ? 0 : settings.c_cflag & PARODD ? 1 : 2;
  return 0;
}
