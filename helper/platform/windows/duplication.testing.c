/* A duplication as the headers of Windows describe it, for a test: pictures, rectangles and refusals in a fixed order. */
#define COBJMACROS
#define CINTERFACE
#define INITGUID
#include <d3d11.h>
#include <dxgi1_2.h>

static ID3D11DeviceContext *context;
static ID3D11Texture2D *texture;
static UINT32 pixels[64 * 32];
static int step, held;

static const RECT DIRTY[] = {{1, 2, 4, 6}, {60, 30, 64, 32}};
static const DXGI_OUTDUPL_MOVE_RECT MOVED[] = {{{40, 20}, {10, 11, 15, 17}}};

static HRESULT STDMETHODCALLTYPE acquire(IDXGIOutputDuplication *self, UINT timeout, DXGI_OUTDUPL_FRAME_INFO *info,
                                         IDXGIResource **resource) {
  if (timeout != 0 || held) return DXGI_ERROR_INVALID_CALL;
  step++;
  if (step == 3) return DXGI_ERROR_WAIT_TIMEOUT;
  if (step == 5) return DXGI_ERROR_ACCESS_LOST;
  for (int at = 0; at < 64 * 32; at++) pixels[at] = step * 1000000 + at;
  ID3D11DeviceContext_UpdateSubresource(context, (ID3D11Resource *)texture, 0, NULL, pixels, 64 * 4, 0);
  ZeroMemory(info, sizeof *info);
  info->LastPresentTime.QuadPart = step == 1 ? 0 : step;
  info->TotalMetadataBufferSize = step == 4 ? sizeof DIRTY + sizeof MOVED : 0;
  held = 1;
  return ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource, (void **)resource);
}

static HRESULT tell(const void *from, UINT length, UINT size, void *to, UINT *used) {
  *used = length;
  if (!held || size < length) return DXGI_ERROR_MORE_DATA;
  CopyMemory(to, from, length);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE dirty(IDXGIOutputDuplication *self, UINT size, RECT *rects, UINT *used) {
  return tell(DIRTY, sizeof DIRTY, size, rects, used);
}

static HRESULT STDMETHODCALLTYPE moved(IDXGIOutputDuplication *self, UINT size, DXGI_OUTDUPL_MOVE_RECT *rects, UINT *used) {
  return tell(MOVED, sizeof MOVED, size, rects, used);
}

static HRESULT STDMETHODCALLTYPE let_go(IDXGIOutputDuplication *self) {
  if (!held) return DXGI_ERROR_INVALID_CALL;
  held = 0;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE release(IDXGIOutputDuplication *self) { return 0; }

static IDXGIOutputDuplicationVtbl table = {
    .Release = release,
    .AcquireNextFrame = acquire,
    .GetFrameDirtyRects = dirty,
    .GetFrameMoveRects = moved,
    .ReleaseFrame = let_go,
};
static IDXGIOutputDuplication duplication = {&table};

__declspec(dllexport) IDXGIOutputDuplication *make_duplication(ID3D11Device *device) {
  const D3D11_TEXTURE2D_DESC description = {64, 32, 1, 1, DXGI_FORMAT_B8G8R8A8_UNORM, {1, 0}, D3D11_USAGE_DEFAULT, 0, 0, 0};
  if (ID3D11Device_CreateTexture2D(device, &description, NULL, &texture) != S_OK) return NULL;
  ID3D11Device_GetImmediateContext(device, &context);
  return &duplication;
}
