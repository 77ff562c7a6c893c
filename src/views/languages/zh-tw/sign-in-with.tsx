/** 以外部服務登入的相關頁面。 */
import type { Text } from '../languages.ts'

export const zhTwSignInWith: Text['signInWith'] = {
  failures: {
    state_missing: {
      title: () => '這次登入不是從這裡開始的',
      advice: () =>
        '可能是從另一個瀏覽器開始、已經過了太久，或這個瀏覽器不儲存 Cookie。沒有任何變更，請從本伺服器重新開始。',
    },
    state_mismatch: {
      title: () => '這次登入不是從這裡開始的',
      advice: () => '您可能開始了兩次，例如開了兩個分頁。沒有任何變更，請重新開始，並在同一個分頁完成。',
    },
    state_expired: {
      title: () => '花的時間太久了',
      advice: () => '登入程序的有效時間為十分鐘，而且只能完成一次。沒有任何變更，請重新開始。',
    },
    cancelled: {
      title: (provider) => `您在 ${provider} 取消了登入`,
      advice: () => '沒有任何變更，也沒有人登入。',
    },
    provider_error: {
      title: (provider) => `${provider} 無法讓您登入`,
      advice: () => '對方回報這項要求有問題。請再試一次；若仍然不行，請洽詢本伺服器的管理人員。',
    },
    exchange_failed: {
      title: (provider) => `無法信任 ${provider} 的回應`,
      advice: () => '回應與要求不符，因此沒有人登入。請再試一次；若仍然不行，請洽詢本伺服器的管理人員。',
    },
    unavailable: {
      title: (provider) => `${provider} 目前沒有回應`,
      advice: () => '您的帳號沒有問題。請一分鐘後再試，或改用其他方式登入。',
    },
    no_email: {
      title: (provider) => `${provider} 沒有提供您的電子郵件地址`,
      advice: (provider) =>
        `這裡的帳號需要電子郵件地址。請在您的 ${provider} 帳號加入並驗證地址、允許本伺服器讀取，然後再試一次。`,
    },
    email_taken: {
      title: () => '您的電子郵件地址在這裡已經有帳號',
      advice: (provider) =>
        `為了保護該帳號，單憑 ${provider} 無法登入。請先用平常的方式登入，再到「已連結的帳號」連結 ${provider}，之後兩種方式都能使用。`,
    },
    registration_off: {
      title: () => '您在這裡沒有帳號',
      advice: (provider) =>
        `本伺服器不會在登入時建立新帳號。若您已有帳號，請用平常的方式登入後再連結 ${provider}；否則請洽詢本伺服器的管理人員。`,
    },
    account_disabled: {
      title: () => '這個帳號已停用',
      advice: () => '請洽詢本伺服器的管理人員重新啟用。',
    },
    session_changed: {
      title: () => '您的登入狀態已經改變',
      advice: () => '帳號沒有連結。請重新登入，再連結一次。',
    },
    identity_taken: {
      title: (provider) => `這個 ${provider} 帳號已連結到這裡的其他人`,
      advice: (provider) =>
        `一個帳號只能連結一次。請用它登入看看連結到哪個帳號並在那裡中斷連結，或改用另一個 ${provider} 帳號。`,
    },
    already_connected: {
      title: (provider) => `您已連結另一個 ${provider} 帳號`,
      advice: () => '每個服務只能連結一個帳號，請先中斷原本的連結。',
    },
  },
  startAgain: '重新開始',
  backToSignIn: '回到登入頁面',
  signInFirst: '用平常的方式登入',
  toConnections: '已連結的帳號',

  title: '已連結的帳號',
  lead: '您可以用這些外部帳號登入這裡。',
  caption: '已連結的帳號',
  provider: '服務',
  account: '對方的帳號',
  linkedAt: '連結時間',
  lastUsedAt: '上次使用',
  actions: '操作',
  notConnected: '尚未連結',
  notYet: '尚未使用',
  notOffered: '本伺服器已不再提供',
  connect: '連結',
  disconnect: '中斷連結',
  disconnectAsk: '中斷連結…',
  disconnectConsequence: (provider, account) => (
    <>
      您將無法再以 {provider} 的 {account} 登入。您在這裡的帳號不受影響。
    </>
  ),
  yourAccount: '您的帳號',
  onlyWayIn: '這是您唯一的登入方式',
  notices: {
    connected: '已連結帳號',
    disconnected: '已中斷連結',
    only_way_in: '這是您唯一的登入方式，因此仍保持連結',
  },
}
